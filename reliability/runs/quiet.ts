import { setTimeout as after } from 'node:timers/promises'
import type { Stats } from '@linkspan/core'
import type { Child } from '../child.js'

/** Waits until a server has no connection left; its deadlines see to that. Answers how many are left after all. */
export async function quiet(child: Child, patience = 15_000): Promise<number> {
  const deadline = performance.now() + patience
  for (;;) {
    const { gauges } = await child.ask<Stats>('stats')
    const left = Object.values(gauges.connections).reduce((sum, count) => sum + count, 0)
    if (left === 0 || performance.now() > deadline) return left
    await after(20)
  }
}
