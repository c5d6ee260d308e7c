// Draws the lifecycle from the table itself: every state that can be reached, and every event that leads out of it.
// `pnpm lifecycle` writes the diagram into docs/lifecycle.md; the test beside the docs fails when it is out of date.

import { begin, type Event, Rejection, type State, transition } from '@linkspan/core'
import { GeneratedPart } from './page.js'

const rejection = new Rejection({ status: 403 })
const violation = { code: 1002, sent: true }

/** Every kind of event that can lead to another state, with the payloads that lead to different ones. */
const EVENTS: readonly Event[] = [
  { type: 'identity.settled', expiresAt: undefined },
  { type: 'identity.settled', expiresAt: 1 },
  { type: 'accept.requested' },
  { type: 'pipeline.completed' },
  { type: 'pipeline.refused', rejection, settled: false },
  { type: 'pipeline.refused', rejection, settled: true },
  { type: 'pipeline.settled' },
  { type: 'close.requested', code: 1000, reason: '' },
  { type: 'terminate.requested', code: 1006, reason: '' },
  { type: 'handshake.aborted' },
  { type: 'transport.closed', code: 1000, reason: '' },
  { type: 'transport.closed', code: 1006, reason: '', violation },
  { type: 'inbox.finished' },
  { type: 'resources.released' },
  { type: 'timer.fired', timer: 'handshake' },
  { type: 'timer.fired', timer: 'expiry' },
  { type: 'timer.fired', timer: 'close' },
  { type: 'timer.fired', timer: 'release' },
]

/** What stands in one box. What leads out of all of a box's states leads out of the box. */
const BOXES: Readonly<Record<string, readonly string[]>> = {
  handshake: ['connecting', 'authenticated'],
  closing: ['socket', 'backlog', 'handler', 'pipeline', 'release'],
}

/** From, to, and the events on the way. */
type Edges = Map<string, Map<string, Set<string>>>

/** The diagram in Mermaid's syntax. */
export function drawLifecycle(): string {
  const edges = walk()
  for (const [box, states] of Object.entries(BOXES)) mergeInto(edges, box, states)
  const boxes = Object.entries(BOXES).map(([box, states]) => {
    const inside = linesOf(edges, (from, to) => states.includes(from) && states.includes(to))
    return [`  state ${box} {`, ...inside.map((line) => `  ${line}`), '  }']
  })
  const across = linesOf(
    edges,
    (from, to) => !Object.values(BOXES).some((states) => states.includes(from) && states.includes(to)),
  )
  const lines = ['stateDiagram-v2', '  [*] --> connecting', ...boxes.flat(), ...across, '  closed --> [*]']
  return ['```mermaid', ...lines, '```'].join('\n')
}

/** Tries every event in every state that can be reached. */
function walk(): Edges {
  const edges: Edges = new Map()
  const seen = new Set<string>()
  const waiting: State[] = [begin(false)[0], begin(true)[0]]
  for (let state = waiting.shift(); state !== undefined; state = waiting.shift()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    for (const event of EVENTS) {
      const [next] = transition(state, event)
      waiting.push(next)
      if (nameOf(state) !== nameOf(next)) labels(edges, nameOf(state), nameOf(next)).add(labelOf(event))
    }
  }
  return edges
}

function mergeInto(edges: Edges, box: string, states: readonly string[]): void {
  const [first = '', ...others] = states
  for (const [to, told] of edges.get(first) ?? []) {
    if (states.includes(to)) continue
    for (const label of told) {
      if (!others.every((state) => edges.get(state)?.get(to)?.has(label))) continue
      for (const state of states) labels(edges, state, to).delete(label)
      labels(edges, box, to).add(label)
    }
  }
}

function labels(edges: Edges, from: string, to: string): Set<string> {
  const targets = edges.get(from) ?? new Map<string, Set<string>>()
  const found = targets.get(to) ?? new Set<string>()
  edges.set(from, targets.set(to, found))
  return found
}

function linesOf(edges: Edges, wanted: (from: string, to: string) => boolean): string[] {
  return [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter(([to, told]) => told.size > 0 && wanted(from, to))
      .map(([to, told]) => `  ${from} --> ${to}: ${inOrder(told).join('<br/>')}`),
  )
}

function nameOf(state: State): string {
  return state.phase === 'closing' ? state.stage : state.phase
}

function labelOf(event: Event): string {
  if (event.type === 'timer.fired') return `${event.timer} timer`
  return 'violation' in event ? `${event.type} (violation)` : event.type
}

/** The labels of one edge, without `a (b)` where `a` leads there too. */
function inOrder(told: ReadonlySet<string>): string[] {
  const all = new Set(EVENTS.map(labelOf))
  return [...all].filter(
    (label) => told.has(label) && !(label.includes(' (') && told.has(label.split(' (')[0] ?? '')),
  )
}

/** The diagram in its page. */
export const lifecycle: GeneratedPart = new GeneratedPart('docs/lifecycle.md', 'lifecycle', drawLifecycle)
lifecycle.writeAsProgram(import.meta.url)
