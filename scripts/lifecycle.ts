// Draws the lifecycle from the table itself: every state that can be reached, and every event that leads out of it.
// `pnpm lifecycle` writes the diagram into docs/lifecycle.md; the test beside the docs fails when it is out of date.

import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { begin, type Event, Rejection, type State, transition } from '@linkspan/core'

const PAGE = new URL('../docs/lifecycle.md', import.meta.url)
const MARKS = ['<!-- lifecycle:begin -->', '<!-- lifecycle:end -->'] as const

/** Every kind of event once, with the payloads that lead to different states. */
const EVENTS: readonly Event[] = [
  { type: 'identity.settled', expiresAt: undefined },
  { type: 'accept.requested' },
  { type: 'pipeline.completed' },
  { type: 'pipeline.refused', rejection: new Rejection({ status: 403 }) },
  { type: 'pipeline.settled' },
  { type: 'close.requested', code: 1000, reason: '' },
  { type: 'terminate.requested', code: 1006, reason: '' },
  { type: 'handshake.aborted' },
  { type: 'transport.closed', code: 1000, reason: '' },
  { type: 'inbox.finished' },
  { type: 'resources.released' },
  { type: 'timer.fired', timer: 'handshake' },
  { type: 'timer.fired', timer: 'close' },
  { type: 'timer.fired', timer: 'release' },
]

/** The diagram in Mermaid's syntax. */
export function drawLifecycle(): string {
  const edges = new Map<string, Set<string>>()
  const seen = new Set<string>()
  const waiting: State[] = [begin(false)[0], { ...begin(false)[0], visibly: true } as State]
  for (let state = waiting.shift(); state !== undefined; state = waiting.shift()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    for (const event of EVENTS) {
      const [next] = transition(state, event)
      if (next === state) continue
      waiting.push(next)
      const edge = `${nameOf(state)} --> ${nameOf(next)}`
      if (nameOf(state) === nameOf(next)) continue
      edges.set(edge, (edges.get(edge) ?? new Set()).add(labelOf(event)))
    }
  }
  const lines = [...edges].map(([edge, labels]) => `  ${edge}: ${[...labels].join(', ')}`)
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> connecting', ...lines, '  closed --> [*]', '```'].join(
    '\n',
  )
}

function nameOf(state: State): string {
  return state.phase === 'closing' ? `closing_${state.stage}` : state.phase
}

function labelOf(event: Event): string {
  return event.type === 'timer.fired' ? `${event.timer} timer` : event.type
}

/** The page with the diagram of today in it. */
export function drawnPage(page: string): string {
  const [begins, ends] = MARKS
  const head = page.slice(0, page.indexOf(begins) + begins.length)
  const tail = page.slice(page.indexOf(ends))
  return `${head}\n${drawLifecycle()}\n${tail}`
}

/** The page as it is. */
export function lifecyclePage(): string {
  return readFileSync(PAGE, 'utf8')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(PAGE, drawnPage(lifecyclePage()))
  process.stdout.write('docs/lifecycle.md is drawn from the table.\n')
}
