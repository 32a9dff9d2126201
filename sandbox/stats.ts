/** What the sandbox was asked; ids in paths stand as `:id`. */
export class Stats {
  tokensIssued = 0
  #requests: Record<string, number> = {}
  #statuses: Record<string, Record<string, number>> = {}

  asked(name: string): void {
    this.#requests[name] = (this.#requests[name] ?? 0) + 1
  }

  answered(name: string, status: number): void {
    const statuses = this.#statuses[name] ?? {}
    this.#statuses[name] = statuses
    statuses[status] = (statuses[status] ?? 0) + 1
  }

  reset(): void {
    this.tokensIssued = 0
    this.#requests = {}
    this.#statuses = {}
  }

  get json() {
    return { tokens_issued: this.tokensIssued, requests: this.#requests, statuses: this.#statuses }
  }
}

/** `POST /v1/imports`, `PUT /v1/imports/:id` */
export const nameOf = (method: string, path: string): string => `${method} ${path.replaceAll(/\/\d+(?=\/|$)/g, '/:id')}`
