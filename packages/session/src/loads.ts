import type { StoredSession } from '@linkspan/core'
import type { StoreCalls } from './calls.js'

interface Loading {
  readonly found: Promise<StoredSession | undefined>
  stale: boolean
}

/** Loads of sessions: one at a time of each, and none that finds what was destroyed meanwhile. */
export class Loads {
  readonly #calls: StoreCalls
  readonly #loading = new Map<string, Loading>()

  constructor(calls: StoreCalls) {
    this.#calls = calls
  }

  async load(id: string): Promise<StoredSession | undefined> {
    const loading = this.#loading.get(id) ?? this.#start(id)
    const found = await loading.found
    return loading.stale ? undefined : found
  }

  /** The session is destroyed: who loads it at the moment gets nothing. */
  forget(id: string): void {
    const loading = this.#loading.get(id)
    if (loading !== undefined) loading.stale = true
  }

  #start(id: string): Loading {
    const found = this.#calls.load(id).finally(() => this.#loading.delete(id))
    const loading = { found, stale: false }
    this.#loading.set(id, loading)
    return loading
  }
}
