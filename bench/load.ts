import { type ChildProcess, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { type Dialect, PLAIN } from './contestants.js'
import { here, next, start } from './processes.js'

/** What a command of the load came to. */
export interface Told {
  readonly units: number
  readonly pings: number
  readonly ended: number
  readonly failed: number
  readonly live: number
  readonly seconds: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
}

let program: readonly string[] | undefined

/** Compiles the load; where that cannot be done, Node is to make it. Tells which it is. */
export function prepareLoad(): 'C' | 'Node' {
  mkdirSync(`${here}dist/load`, { recursive: true })
  const compiled = spawnSync('cc', ['-O2', '-o', 'dist/load/load', 'load/load.c'], { cwd: here })
  const inC = compiled.status === 0 && process.env['BENCH_LOAD'] !== 'node'
  program = inC ? ['dist/load/load'] : [process.execPath, 'dist/load/load.js']
  return inC ? 'C' : 'Node'
}

/** Clients in a process of their own. */
export class Load {
  readonly #child: ChildProcess
  readonly #lines: Interface

  constructor(port: number, size: number, dialect: Dialect = PLAIN) {
    if (program === undefined) throw new Error('prepareLoad() comes first')
    const { path, greetings, greeting, wrap } = dialect
    const message = wrap('x'.repeat(size))
    this.#child = start(1, [...program, String(port), path, String(greetings), greeting, message], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
  }

  /** Opens further connections. */
  async open(connections: number): Promise<Told> {
    const told = await this.do(`open ${connections}`)
    if (told.failed > 0) throw new Error(`${told.failed} of ${connections} connections were not opened`)
    return told
  }

  /** See `load/load.c` for the commands. */
  async do(command: string): Promise<Told> {
    this.#child.stdin?.write(`${command}\n`)
    return JSON.parse(await next<string>(this.#child, this.#lines, 'line')) as Told
  }

  stop(): void {
    this.#child.stdin?.end()
    this.#child.kill('SIGKILL')
  }
}
