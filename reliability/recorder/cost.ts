import { fileURLToPath } from 'node:url'
import { Load, prepareLoad } from '../../bench/load.js'
import { next, start } from '../../bench/processes.js'

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url))
const CONNECTIONS = 100
/** Milliseconds: before it counts, and of one measurement. */
const WARM = 1_500
const TIME = 400
/** Measurements of each server in a round, taken by turns. */
const TURNS = 8

/** A server in a process of its own, with its clients. */
class Echo {
  readonly #server: ReturnType<typeof start>
  readonly #load: Load
  readonly #command: string

  private constructor(server: ReturnType<typeof start>, port: number, window: number) {
    this.#server = server
    this.#load = new Load(port, 32)
    this.#command = `echo ${CONNECTIONS} ${window}`
  }

  static async start(recorded: boolean, window: number): Promise<Echo> {
    const flags = ['--import', 'tsx', '--conditions=@linkspan/source', SERVER]
    const server = start(0, [process.execPath, ...flags, ...(recorded ? ['--recorded'] : [])], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const echo = new Echo(server, await next<number>(server, server, 'message'), window)
    await echo.#load.open(CONNECTIONS)
    await echo.#load.do(`${echo.#command} ${WARM}`)
    return echo
  }

  /** Microseconds of the server's CPU time for one message that is echoed. */
  async measure(): Promise<number> {
    const before = await this.#cpu()
    const { units } = await this.#load.do(`${this.#command} ${TIME}`)
    return ((await this.#cpu()) - before) / units
  }

  stop(): void {
    this.#load.stop()
    this.#server.disconnect()
  }

  #cpu(): Promise<number> {
    this.#server.send('cpu')
    return next<number>(this.#server, this.#server, 'message')
  }
}

export interface Cost {
  /** Microseconds of CPU time a message. */
  readonly off: number
  readonly on: number
  readonly ratio: number
  /** Between which ratios the middle half of the measurements was. */
  readonly spread: readonly [number, number]
}

/**
 * What an echo costs without a recorder and with one; `window` messages of a connection are under way at once. Both servers
 * are there, and measured by turns, so that what disturbs one disturbs the other; new ones each round, since no two
 * processes are alike.
 */
export async function recorderCost(window: number, rounds: number): Promise<Cost> {
  prepareLoad()
  const figures: { off: number; on: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const without = await Echo.start(false, window)
    const recorded = await Echo.start(true, window)
    try {
      for (let turn = 0; turn < TURNS; turn += 1) {
        const first = turn % 2 === 0 ? await without.measure() : 0
        const on = await recorded.measure()
        figures.push({ off: first || (await without.measure()), on })
      }
    } finally {
      without.stop()
      recorded.stop()
    }
  }
  const ratios = figures.map(({ off, on }) => on / off)
  return {
    off: quantile(
      figures.map(({ off }) => off),
      0.5,
    ),
    on: quantile(
      figures.map(({ on }) => on),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}
