import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'

/** The worker processes of a primary of `node:cluster`, on their way out. */
export class Workers {
  readonly #workers: readonly Worker[]

  constructor() {
    this.#workers = Object.values(cluster.workers ?? {}).filter(
      (worker): worker is Worker => worker !== undefined && !worker.isDead(),
    )
  }

  get size(): number {
    return this.#workers.length
  }

  /**
   * Hands the signal on; resolves when all are gone. Not `worker.kill()`, which takes the channel from under a worker
   * that still has connections.
   */
  async end(signal: NodeJS.Signals): Promise<undefined> {
    const exits = this.#workers.map((worker) => once(worker, 'exit'))
    for (const worker of this.#workers) worker.process.kill(signal)
    const codes = (await Promise.all(exits)).map(([code]: unknown[]) => code)
    const unclean = codes.filter((code) => code !== 0).length
    if (unclean > 0) throw new Error(`${unclean} of ${codes.length} workers did not exit with 0`)
    return undefined
  }

  cut(): void {
    for (const worker of this.#workers) if (!worker.isDead()) worker.process.kill('SIGKILL')
  }
}

/** Whether this process is a worker of `node:cluster` that has its channel. */
export function isClusterWorker(): boolean {
  return cluster.worker?.isConnected() === true
}

/** Takes leave of the primary, which then knows that the exit to come is no crash (`worker.exitedAfterDisconnect`). */
export async function leaveCluster(): Promise<undefined> {
  const { worker } = cluster
  if (worker === undefined) return
  const gone = once(worker, 'disconnect')
  worker.disconnect()
  await gone
  return undefined
}
