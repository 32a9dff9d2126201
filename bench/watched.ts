// biome-ignore lint/suspicious/noExplicitAny: arguments and results of any method
type Methods = Record<string, (args: any, result: any) => void>

/** Sees every call of a store when it has ended. */
export function watched<T extends object>(target: T, methods: Methods): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object)
      if (typeof member !== 'function') return member
      const see = methods[String(name)]
      return (...args: unknown[]) => {
        const result: unknown = member.apply(object, args)
        if (!see) return result
        if (!(result instanceof Promise)) {
          see(args, result)
          return result
        }
        return result.then((value: unknown) => {
          see(args, value)
          return value
        })
      }
    },
  })
}
