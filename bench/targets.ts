import type { Outcome } from './rounds.js'
import { type Row, rowsOf } from './table.js'

/** Something to hold, of ours with the realistic pipeline beside what it is measured against. */
interface Target {
  /** The beginning of the works' ids. */
  readonly work: string
  readonly on: 'ws' | 'uws'
  /** Whose it is, where that is not `linkspan-ws` or `linkspan-uws` beside the transport. */
  readonly ours?: string
  readonly says: string
  /** What is compared with `most`. */
  readonly of: (ours: Row, bare: Row) => number
  readonly most: number
}

const ratio = (ours: Row): number => ours.ratio
const stall = ({ figures }: Row): number => figures.stall ?? Number.NaN
const beyondBare = (ours: Row, bare: Row): number =>
  (ours.figures.rss ?? Number.NaN) - (bare.figures.rss ?? Number.NaN)

const allocated = ({ figures }: Row): number => (figures.heap ?? Number.NaN) + (figures.buffers ?? Number.NaN)

function ratios(work: string, ws: number, uws: number): Target[] {
  return [
    { work, on: 'ws', says: `≤ ${ws} of bare ws`, of: ratio, most: ws },
    { work, on: 'uws', says: `≤ ${uws} of bare uWebSockets.js`, of: ratio, most: uws },
  ]
}

/** What the flight recorder may take of an idle connection. */
function recorded(what: string, of: Target['of']): Target[] {
  const says = `≤ 1 KiB of ${what} more than without`
  return [{ work: 'telemetry-idle', on: 'ws', ours: 'linkspan-ws-recorder', says, of, most: 1_024 }]
}

/** What a message may cost more, in per cent. */
function overheads(telemetry: string, most: number): Target[] {
  const of = (row: Row): number => 100 * (row.ratio - 1)
  return ['telemetry-w1-', 'telemetry-w16-'].map((work) => ({
    work,
    on: 'ws',
    ours: `linkspan-ws-${telemetry}`,
    says: `≤ ${most} % more than without`,
    of,
    most,
  }))
}

const TARGETS: readonly Target[] = [
  ...ratios('echo32-w1-sync', 1.05, 1.05),
  ...ratios('echo32-w16-sync', 0.25, 1.15),
  ...ratios('echo32-w16-async', 0.4, 2),
  ...ratios('echo1024-w16-sync', 0.45, 1.25),
  ...ratios('connect', 1.1, 1.15),
  { work: 'idle', on: 'ws', says: '≤ bare + 900 B', of: beyondBare, most: 900 },
  {
    work: 'idle',
    on: 'uws',
    says: '≤ 1,600 B in all',
    of: ({ figures }) => figures.rss ?? Number.NaN,
    most: 1_600,
  },
  ...ratios('broadcast', 1, 1.05),
  ...ratios('heartbeat', 1, 1.1),
  { work: 'heartbeat', on: 'ws', says: 'stalls ≤ 10 ms', of: stall, most: 10 },
  ...overheads('metrics', 2),
  ...overheads('traces', 5),
  ...overheads('recorder', 3),
  ...recorded('RSS', beyondBare),
  ...recorded('heap and buffers', (ours, bare) => allocated(ours) - allocated(bare)),
]

/** A target and what was measured. */
export interface Verdict {
  readonly title: string
  readonly on: 'ws' | 'uws'
  readonly says: string
  readonly measured: number
  readonly met: boolean
}

/** Holds what was measured against the targets. */
export function verdicts(outcomes: readonly Outcome[]): readonly Verdict[] {
  return outcomes.flatMap((outcome) => {
    const rows = rowsOf(outcome)
    return TARGETS.filter(({ work }) => outcome.work.id.startsWith(work)).flatMap(
      ({ on, ours: name = `linkspan-${on}`, says, of, most }) => {
        const ours = rows.find(({ contestant }) => contestant === name)
        const bare = rows.find(({ contestant }) => contestant === ours?.bare)
        if (ours === undefined || bare === undefined) return []
        const measured = of(ours, bare)
        const what = ours.bare === on ? '' : `, ${name}`
        return [{ title: `${outcome.work.title}${what}`, on, says, measured, met: measured <= most }]
      },
    )
  })
}
