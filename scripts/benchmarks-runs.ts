// What was measured: bench/results, as far as pages tell of it.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.js'

/** What became of one server in one work. */
export interface Row {
  readonly contestant: string
  /** `null`: not measured. */
  readonly ratio: number | null
  /** Half of the range of the rounds' ratios. */
  readonly spread: number | null
  readonly figures: {
    readonly cpu?: number
    readonly rss?: number
    readonly heap?: number
    readonly buffers?: number
  }
}

/** One thing that was measured. */
export interface MeasuredWork {
  readonly id: string
  readonly title: string
  readonly measure: 'cpu' | 'rss'
  readonly rows: readonly Row[]
}

/** A run of the benchmark. */
export interface Results {
  readonly date: string
  readonly command: string
  readonly rounds: number
  readonly partial: boolean
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string }
  readonly works: readonly MeasuredWork[]
  readonly targets: readonly { readonly title: string; readonly says: string; readonly met: boolean }[]
}

/** The newest run that is accepted: by default the newest whole one. */
export function newest(accept = ({ partial }: Results): boolean => !partial): Results | undefined {
  const folder = join(root, 'bench/results')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Results)
    .filter(accept)
    .at(-1)
}
