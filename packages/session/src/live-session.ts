import type { Live } from './live.js'
import type { Pool } from './pool.js'
import type { Session } from './session.js'

/** What users hold: nothing of its inside, the id included, shows where it is printed. */
export class LiveSession implements Session<Record<string, unknown>> {
  readonly #live: Live
  readonly #pool: Pool

  constructor(live: Live, pool: Pool) {
    this.#live = live
    this.#pool = pool
  }

  get id(): string {
    return this.#live.id
  }

  get expiresAt(): number {
    return this.#live.expiresAt
  }

  get ended(): boolean {
    return this.#live.ended !== undefined
  }

  get(key: string): never {
    const { values } = this.#live
    return (Object.hasOwn(values, key) ? values[key] : undefined) as never
  }

  set(key: string, value: unknown): void {
    this.#live.change({ kind: 'set', key, value })
  }

  update(update: (values: Record<string, unknown>) => Record<string, unknown>): void {
    this.#live.change({ kind: 'update', update })
  }

  flush(): Promise<void> {
    return this.#pool.writes.now(this.#live)
  }

  async destroy(): Promise<void> {
    if (this.#live.ended === undefined) await this.#pool.discard(this.#live)
  }

  regenerate(): Promise<string> {
    return this.#live.regenerate()
  }
}
