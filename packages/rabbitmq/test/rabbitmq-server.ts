import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../tests/support/free-port.js'
import { loud } from '../../../tests/support/loud.js'
import { ownEngine } from '../../../tests/support/own-engine.js'
import { until } from '../../testing/src/until.js'

/** Where packages put the programs themselves: what stands on the PATH starts them as another user. */
const PROGRAMS = '/usr/lib/rabbitmq/bin'

/** Why there is no RabbitMQ for tests on this machine. */
export const missing: string | undefined = loud(
  existsSync(join(PROGRAMS, 'rabbitmq-server'))
    ? undefined
    : 'rabbitmq-server is not installed, and nothing of @linkspan/rabbitmq is tested',
)

/** How long it may take to start, in milliseconds: about 8 s on a quiet machine. */
const START = 180_000

/** A RabbitMQ of a test's own, which can be paused, killed and started again. */
export class RabbitmqServer {
  readonly port: number
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #kill = (): void => {
    this.#signal('SIGKILL')
  }
  #process: ChildProcess | undefined

  private constructor(port: number, dist: number, folder: string) {
    this.port = port
    this.#folder = folder
    this.#env = {
      ...process.env,
      // Where the cookie is kept that its own tools need.
      HOME: folder,
      RABBITMQ_NODENAME: `linkspan-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
    }
    // It has a process group of its own, which does not end with ours.
    process.on('exit', this.#kill)
  }

  /** One that is still to be started. */
  static async make(): Promise<RabbitmqServer> {
    const folder = mkdtempSync(join(tmpdir(), 'linkspan-rabbitmq-'))
    return new RabbitmqServer(await freePort(), await freePort(), folder)
  }

  /** Where clients connect; `port`: another way there. A machine that is busy with other tests misses short heartbeats. */
  url(port: number = this.port, heartbeat = 60): string {
    return `amqp://127.0.0.1:${port}?heartbeat=${heartbeat}`
  }

  /** Starts it; after `kill` at the same place, with what it had. */
  async start(): Promise<void> {
    const server = spawn(join(PROGRAMS, 'rabbitmq-server'), {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    this.#process = server
    await new Promise<void>((resolve, reject) => {
      let said = ''
      server.once('exit', (code) => reject(new Error(`rabbitmq-server ended with ${code}: ${said}`)))
      server.stdout.on('data', (bytes: Buffer) => {
        said = `${said}${bytes.toString()}`.slice(-2_000)
        if (said.includes('Server startup complete')) resolve()
      })
    })
    server.removeAllListeners('exit')
  }

  /** It takes what it is sent, and answers nothing. */
  async pause(): Promise<void> {
    this.#signal('SIGSTOP')
    // A signal is on its way for a while, and each thread stops by itself.
    const pid = this.#process?.pid
    if (pid !== undefined) await until(() => isStopped(pid), 'RabbitMQ is paused')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** It is gone at once, as with its machine. */
  async kill(): Promise<void> {
    const server = this.#process
    if (server === undefined) return
    this.#signal('SIGKILL')
    // What was started is a shell; those that it started end by themselves.
    await until(() => !this.#signal(0), 'RabbitMQ is gone')
    this.#process = undefined
  }

  /** What an operator does. */
  async control(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(join(PROGRAMS, 'rabbitmqctl'), ['-q', ...args], {
      env: this.#env,
    })
    return stdout
  }

  async stop(): Promise<void> {
    await this.kill()
    process.off('exit', this.#kill)
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Whether there was anything left that could be told. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const pid = this.#process?.pid
    if (pid === undefined) return false
    try {
      return process.kill(-pid, signal)
    } catch {
      return false
    }
  }
}

/** Whether all threads of a process group are stopped. */
function isStopped(group: number): boolean {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // What stands behind the name: state, parent, group.
      const [, , of] = fieldsOf(`/proc/${pid}/stat`)
      if (Number(of) !== group) continue
      const threads = readdirSync(`/proc/${pid}/task`)
      if (threads.some((id) => !'TtZX'.includes(fieldsOf(`/proc/${pid}/task/${id}/stat`)[0] ?? '')))
        return false
    } catch {
      // It has ended meanwhile.
    }
  }
  return true
}

function fieldsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** A RabbitMQ for the tests of this file; without one they are skipped, and say why. */
export function ownRabbitmq(): () => RabbitmqServer {
  const start = async (made: (server: RabbitmqServer) => void): Promise<RabbitmqServer> => {
    const server = await RabbitmqServer.make()
    // Known before it runs: one that takes too long is ended as well.
    made(server)
    await server.start()
    return server
  }
  return ownEngine(missing, start, START)
}
