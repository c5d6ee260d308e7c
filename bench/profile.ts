import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contestant } from './contestants.js'
import { runOnce } from './rounds.js'
import type { Work } from './work.js'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** How many functions are told. */
const TOP = 25

/** Runs one server under the CPU profiler, and tells which functions themselves took its last `time` milliseconds. */
export async function profile(work: Work, contestant: Contestant, time: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-profile-'))
  try {
    await runOnce(work, contestant, ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'])
    const [file = ''] = readdirSync(folder)
    return selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, time)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, time: number): string {
  let left = 1_000 * time
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}${url === '' ? '' : `:${lineNumber + 1}`}`,
    ]),
  )
  const times = new Map<string, number>()
  for (let index = samples.length - 1; index >= 0 && left > 0; index -= 1) {
    const name = names.get(samples[index] ?? -1) ?? '?'
    const delta = timeDeltas[index] ?? 0
    left -= delta
    if (!name.startsWith('(idle)')) times.set(name, (times.get(name) ?? 0) + delta)
  }
  const all = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, TOP)
    .map(([name, time]) => `${((100 * time) / all).toFixed(1).padStart(6)} %  ${name}`)
    .join('\n')
}
