import { type Bare, CONTESTANTS } from './contestants.js'
import { bareIn, type Outcome, type Sample } from './rounds.js'
import { median, spread } from './statistics.js'
import type { Figures, Measure } from './work.js'

/** What became of one contestant in one work: medians over the rounds. */
export interface Row {
  readonly contestant: string
  readonly bare: string
  readonly figures: Figures
  /** The work's own figure ÷ that of the bare transport in the same round; NaN where that was not measured. */
  readonly ratio: number
  /** How far the rounds' ratios are apart, half of their range. */
  readonly spread: number
}

const FIGURES = ['cpu', 'rate', 'p50', 'p99', 'rss', 'heap', 'buffers', 'stall', 'seconds'] as const

/** One row for each contestant, in their order. */
export function rowsOf({ work, samples }: Outcome): readonly Row[] {
  return CONTESTANTS.flatMap(({ name, bare }) => {
    const own = samples.filter(({ contestant }) => contestant === name)
    if (own.length === 0) return []
    const ratios = own.map((sample) => ratioOf(sample, bare, samples, work.measure))
    return [{ contestant: name, bare, figures: medians(own), ratio: median(ratios), spread: spread(ratios) }]
  })
}

function ratioOf({ figures, round }: Sample, bare: Bare, all: readonly Sample[], measure: Measure): number {
  return (figures[measure] ?? Number.NaN) / bareIn(all, bare, round, measure)
}

function medians(samples: readonly Sample[]): Figures {
  return Object.fromEntries(
    FIGURES.map((key) => [key, samples.flatMap(({ figures }) => figures[key] ?? [])] as const)
      .filter(([, values]) => values.length > 0)
      .map(([key, values]) => [key, median(values)]),
  )
}
