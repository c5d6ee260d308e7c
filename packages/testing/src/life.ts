import type { LifecycleState } from '@linkspan/core'
import type { Recorded, Recorder } from './recorder.js'

/** Where a connection may go from each state: forward, one step, or to its end. */
const NEXT: { readonly [State in LifecycleState]: readonly LifecycleState[] } = {
  connecting: ['authenticated', 'closing'],
  authenticated: ['active', 'closing'],
  active: ['closing'],
  closing: ['closed'],
  closed: [],
}

/** What is wrong with the lives that a recorder has seen, each of which is to be over. */
export function brokenLives(record: Recorder): readonly string[] {
  const lives = new Map<string, Recorded[]>()
  for (const entry of record.all) {
    if (entry.id === undefined) continue
    const life = lives.get(entry.id)
    if (life === undefined) lives.set(entry.id, [entry])
    else life.push(entry)
  }
  return [...lives].flatMap(([id, life]) => wrongIn(life).map((what) => `connection ${id}: ${what}`))
}

function wrongIn(life: readonly Recorded[]): readonly string[] {
  const wrong: string[] = []
  let state: LifecycleState = 'connecting'
  let opened = 0
  let closed = 0
  for (const entry of life) {
    // A release that throws after it was abandoned is still reported.
    if (closed > 0 && entry.event !== 'error') wrong.push(`'${entry.event}' after 'close'`)
    if (entry.event === 'transition') {
      const { from, to } = entry
      if (from !== state) wrong.push(`a transition from ${from}, in ${state}`)
      if (!NEXT[from].includes(to)) wrong.push(`${from} → ${to}`)
      state = to
    } else if (entry.event === 'open') {
      opened += 1
      if (state !== 'active') wrong.push(`'open' in ${state}`)
    } else if (entry.event === 'close') {
      closed += 1
      if (state !== 'closed') wrong.push(`'close' in ${state}`)
    }
  }
  if (closed !== 1) wrong.push(`${closed} 'close' events, not one`)
  if (opened > 1) wrong.push(`${opened} 'open' events`)
  return wrong
}
