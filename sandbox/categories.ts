/** In the documentation's own order, where 15 stands between 7 and 8 (cxi-api-docs.txt, lines 91-152). */
export const CATEGORIES: readonly { id: number; name: string }[] = [
  { id: 1, name: 'General' },
  { id: 2, name: 'SaaS DevOps' },
  { id: 3, name: 'SaaS Anc' },
  { id: 4, name: 'SaaS IDC' },
  { id: 5, name: 'SaaS Education CL' },
  { id: 6, name: 'SaaS GD' },
  { id: 7, name: 'SaaS Social Media' },
  { id: 15, name: 'Politicians Review' },
  { id: 8, name: 'SaaS Social Media HS' },
  { id: 9, name: 'E-Commerce' },
  { id: 10, name: 'E-Commerce-WGAC' },
  { id: 11, name: 'Employee Reviews' },
  { id: 12, name: 'Online Food Delivery' },
  { id: 13, name: 'Support Case Feedback' },
  { id: 14, name: 'SaaS RC' },
]

/** Words by which the sandbox's analysis finds each smart tag; the real service has a model for it. */
export const SMART_WORDS: Readonly<Record<string, readonly string[]>> = {
  RETURNS: ['return', 'refund', 'exchange'],
  SHIPPING_PACKAGING: ['shipping', 'delivery', 'package', 'packaging', 'arrived', 'courier'],
  PRODUCT_QUALITY: ['quality', 'broke', 'broken', 'sturdy', 'material', 'defect'],
  PRICING: ['price', 'pricing', 'expensive', 'cheap', 'cost', 'discount'],
  CUSTOMER_SUPPORT: ['support', 'service', 'agent', 'helpful', 'chat'],
  CHECKOUT: ['checkout', 'payment', 'basket', 'cart', 'order'],
  PERFORMANCE: ['slow', 'fast', 'speed', 'crash', 'lag'],
  UX_UI: ['design', 'easy', 'confusing', 'layout', 'navigation'],
  PEOPLE: ['team', 'staff', 'people', 'manager', 'colleague'],
  FEATURES: ['feature', 'missing', 'integration', 'export'],
}

const SHOP = ['RETURNS', 'SHIPPING_PACKAGING', 'PRODUCT_QUALITY', 'PRICING', 'CUSTOMER_SUPPORT', 'CHECKOUT']
const SOFTWARE = ['PERFORMANCE', 'UX_UI', 'FEATURES', 'PRICING', 'CUSTOMER_SUPPORT']
const PEOPLE = ['PEOPLE', 'CUSTOMER_SUPPORT']

/** Names of the smart tags that a category brings. */
export function smartTagsOf(categoryId: number): readonly string[] {
  if ([9, 10, 12].includes(categoryId)) return SHOP
  return [11, 13, 15].includes(categoryId) ? PEOPLE : SOFTWARE
}

export const isCategory = (id: number): boolean => CATEGORIES.some((category) => category.id === id)
