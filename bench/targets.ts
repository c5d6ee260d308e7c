import type { Outcome } from './rounds.js'
import { type Row, rowsOf } from './table.js'

/** Something to hold, of ours with the realistic pipeline. */
interface Target {
  /** The beginning of the works' ids. */
  readonly work: string
  readonly on: 'ws' | 'uws'
  readonly says: string
  /** What is compared with `most`. */
  readonly of: (ours: Row, bare: Row) => number
  readonly most: number
}

const ratio = (ours: Row): number => ours.ratio
const stall = ({ figures }: Row): number => figures.stall ?? Number.NaN
const beyondBare = (ours: Row, bare: Row): number =>
  (ours.figures.rss ?? Number.NaN) - (bare.figures.rss ?? Number.NaN)

function ratios(work: string, ws: number, uws: number): Target[] {
  return [
    { work, on: 'ws', says: `≤ ${ws} of bare ws`, of: ratio, most: ws },
    { work, on: 'uws', says: `≤ ${uws} of bare uWebSockets.js`, of: ratio, most: uws },
  ]
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
      ({ on, says, of, most }) => {
        const ours = rows.find(({ contestant }) => contestant === `linkspan-${on}`)
        const bare = rows.find(({ contestant }) => contestant === on)
        if (ours === undefined || bare === undefined) return []
        const measured = of(ours, bare)
        return [{ title: outcome.work.title, on, says, measured, met: measured <= most }]
      },
    )
  })
}
