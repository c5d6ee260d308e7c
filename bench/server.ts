import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Collector } from './collector.js'
import type { Contestant } from './contestants.js'
import type { Command, Readings, Setup } from './contract.js'
import { next, start } from './processes.js'

/** A server in a process of its own. */
export class Server {
  readonly port: number
  /** What hears of it, if it has telemetry. */
  readonly collector: Collector | undefined
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number, collector: Collector | undefined) {
    this.#child = child
    this.port = port
    this.collector = collector
  }

  static async start(
    { file, pipeline, telemetry }: Contestant,
    setup: Setup,
    flags: readonly string[] = [],
  ): Promise<Server> {
    const collector = telemetry === undefined ? undefined : await Collector.start()
    const told: Setup = {
      ...setup,
      ...(pipeline !== undefined && { pipeline }),
      ...(telemetry !== undefined && { telemetry }),
      ...(collector !== undefined && { collector: collector.port }),
    }
    const child = start(0, [process.execPath, '--expose-gc', ...flags, `dist/servers/${file}.js`], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { BENCH_SETUP: JSON.stringify(told) },
    })
    const port = await next<number>(child, child, 'message')
    if (telemetry?.includes('metrics')) collector?.scrape(port)
    return new Server(child, port, collector)
  }

  async ask(command: Command): Promise<Readings> {
    this.#child.send(command)
    return next<Readings>(this.#child, this.#child, 'message')
  }

  async stop(): Promise<void> {
    this.collector?.stop()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.send('leave' satisfies Command)
    await gone
  }
}
