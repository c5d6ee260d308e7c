import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../tests/support/free-port.js'
import { loud } from '../../../tests/support/loud.js'
import { ownEngine } from '../../../tests/support/own-engine.js'

/** Why there is no Redis for tests on this machine. */
export const missing: string | undefined = loud(
  spawnSync('redis-server', ['--version']).error === undefined
    ? undefined
    : 'redis-server is not installed, and nothing of @linkspan/redis is tested',
)

/** A Redis of a test's own, which can be paused as a whole. */
export class RedisServer {
  readonly port: number
  readonly #args: readonly string[]
  readonly #folder: string
  #process: ChildProcess

  private constructor(port: number, args: readonly string[], folder: string, process: ChildProcess) {
    this.port = port
    this.#args = args
    this.#folder = folder
    this.#process = process
  }

  static async start(...options: readonly string[]): Promise<RedisServer> {
    return RedisServer.at(await freePort(), ...options)
  }

  static async at(port: number, ...options: readonly string[]): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'linkspan-redis-'))
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...options]
    return new RedisServer(port, args, folder, await begun(args))
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }

  /** Starts it again after `kill`, where it was. */
  async restart(): Promise<void> {
    this.#process = await begun(this.#args)
  }

  /** It takes what it is sent, and answers nothing. */
  pause(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function begun(args: readonly string[]): Promise<ChildProcess> {
  const process = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    process.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    process.stdout.on('data', (said: Buffer) => {
      if (said.includes('Ready to accept connections')) resolve()
    })
  })
  process.removeAllListeners('exit')
  return process
}

/** A Redis for the tests of this block; without one they are skipped, and say why. */
export function ownRedis(...options: readonly string[]): () => RedisServer {
  return ownEngine(missing, () => RedisServer.start(...options))
}
