import { spawnSync } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/**
 * Gives the server a processor of its own, as it has where its clients are elsewhere; the process that makes the noise
 * and this one share another, on which this one comes first, but not so far that the noise would starve when the machine
 * does something else as well. Nothing where the machine cannot.
 */
export function apart(server: number | undefined, noise: number | undefined): void {
  if (server === undefined || noise === undefined) return
  const pin = (pid: number, core: number): boolean =>
    spawnSync('taskset', ['-acp', String(core), String(pid)]).status === 0
  if (!pin(noise, 1) || !pin(server, 0) || !pin(process.pid, 1)) return
  setPriority(noise, constants.priority.PRIORITY_BELOW_NORMAL)
}
