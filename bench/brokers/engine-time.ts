import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of Linux' clock of processes, a second: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100

interface Process {
  readonly id: number
  readonly parent: number
  readonly ticks: number
}

/** The processes that this one has started. */
export function children(): readonly number[] {
  return processes()
    .filter(({ parent }) => parent === process.pid)
    .map(({ id }) => id)
}

/**
 * Processor time so far, in microseconds, of an engine's processes and those that they have started. `undefined` where
 * there are none, or the system does not tell.
 */
export function engineTime(roots: readonly number[]): number | undefined {
  const all = processes()
  const parents = new Map(all.map(({ id, parent }) => [id, parent]))
  const belongs = (id: number | undefined): boolean =>
    id !== undefined && (roots.includes(id) || belongs(parents.get(id)))
  const own = all.filter(({ id }) => belongs(id))
  return own.length === 0 ? undefined : own.reduce((sum, { ticks }) => sum + ticks, 0) * (1_000_000 / TICKS)
}

function processes(): readonly Process[] {
  let ids: readonly string[]
  try {
    ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
  return ids.flatMap((id) => {
    try {
      const text = readFileSync(`/proc/${id}/stat`, 'utf8')
      // A name in parentheses may have spaces in it: what follows is counted from its end, proc(5).
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return [{ id: Number(id), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}
