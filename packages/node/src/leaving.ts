import type { Linkspan } from '@linkspan/core'

const leaving = new WeakSet<Linkspan<unknown>>()

/** Says that a shutdown of this application has begun: from here on it is not ready, though it may not drain yet. */
export function leave(app: Linkspan<unknown>): void {
  leaving.add(app)
}

/** Whether an application is on its way out. */
export function isLeaving(app: Linkspan<unknown>): boolean {
  return app.draining || leaving.has(app)
}
