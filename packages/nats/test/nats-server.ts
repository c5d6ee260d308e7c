import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { freePort } from '../../../tests/support/free-port.js'
import { loud } from '../../../tests/support/loud.js'
import { ownEngine } from '../../../tests/support/own-engine.js'

/** Why there is no NATS for tests on this machine. */
export const missing: string | undefined = loud(
  spawnSync('nats-server', ['--version']).error === undefined
    ? undefined
    : 'nats-server is not installed, and nothing of @linkspan/nats is tested',
)

/** A NATS of a test's own, which can be paused, killed, started again and told to leave. */
export class NatsServer {
  readonly port: number
  readonly #monitor: number
  readonly #folder: string
  #process: ChildProcess | undefined
  /** What the server has written. */
  log = ''

  private constructor(port: number, monitor: number) {
    this.port = port
    this.#monitor = monitor
    this.#folder = mkdtempSync(join(tmpdir(), 'linkspan-nats-'))
  }

  /** `config`: lines of its configuration file. */
  static async start(config = ''): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await freePort())
    server.configure(config)
    await server.run()
    return server
  }

  /** Writes its configuration, which holds from the next start or `reload` on. */
  configure(config: string): void {
    const ports = `host: 127.0.0.1\nport: ${this.port}\nhttp: 127.0.0.1:${this.#monitor}\n`
    writeFileSync(join(this.#folder, 'nats.conf'), ports + config)
  }

  /** Starts it, again after `kill`. */
  async run(): Promise<void> {
    const started = spawn('nats-server', ['-c', join(this.#folder, 'nats.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = started
    await new Promise<void>((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${this.log}`)))
      let said = ''
      started.stderr.on('data', (bytes: Buffer) => {
        said += bytes.toString()
        this.log += bytes.toString()
        if (said.includes('Server is ready')) resolve()
      })
    })
  }

  /** It takes what it is sent, and answers nothing. */
  async pause(): Promise<void> {
    const process = this.#process
    process?.kill('SIGSTOP')
    // The signal reaches one thread after the other.
    while (process !== undefined && runs(process.pid)) await new Promise(setImmediate)
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Reads its configuration again. */
  reload(): void {
    this.#process?.kill('SIGHUP')
  }

  /** Takes no more connections, and ends those there are, one after the other. */
  leave(): void {
    this.#process?.kill('SIGUSR2')
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    if (process === undefined || process.exitCode !== null) return
    const ended = new Promise((resolve) => process.once('exit', resolve))
    process.kill('SIGKILL')
    await ended
  }

  /** Connections and subscriptions that the server knows of. */
  async known(): Promise<number> {
    const { connections, subscriptions } = await this.#figures()
    return connections + subscriptions
  }

  async clients(): Promise<number> {
    return (await this.#figures()).connections
  }

  async #figures(): Promise<{ connections: number; subscriptions: number }> {
    const answer = await fetch(`http://127.0.0.1:${this.#monitor}/varz`)
    return (await answer.json()) as { connections: number; subscriptions: number }
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Whether a thread of a process has not been stopped. */
function runs(pid: number | undefined): boolean {
  const threads = `/proc/${pid}/task`
  return readdirSync(threads).some((id) => !/\) T /.test(readFileSync(join(threads, id, 'stat'), 'utf8')))
}

/** Starts servers for one test of this block each, and ends them after it. */
export function natsOfATest(): (config?: string) => Promise<NatsServer> {
  const started: NatsServer[] = []
  afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())))
  return async (config) => {
    const server = await NatsServer.start(config)
    started.push(server)
    return server
  }
}

/** A NATS for the tests of this block; without one they are skipped, and say why. */
export function ownNats(config?: string): () => NatsServer {
  return ownEngine(missing, () => NatsServer.start(config))
}
