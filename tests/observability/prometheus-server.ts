import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/free-port.js'
import { loud } from '../support/loud.js'

/** Why there is no Prometheus for tests on this machine. */
export const missing: string | undefined = loud(
  [spawnSync('prometheus', ['--version']), spawnSync('promtool', ['--version'])].every(
    ({ error }) => error === undefined,
  )
    ? undefined
    : 'prometheus and promtool are not installed, and neither rules nor dashboard are tried',
)

/** One series, and its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A rule, as Prometheus has evaluated it. */
export interface EvaluatedRule {
  readonly name: string
  readonly type: 'recording' | 'alerting'
  readonly health: string
  readonly lastError?: string
  readonly state?: 'inactive' | 'pending' | 'firing'
  readonly alerts?: readonly {
    readonly state: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }[]
}

/** A Prometheus of a test's own, on a port and in a folder of its own. */
export class PrometheusServer {
  readonly #port: number
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.#port = port
    this.#folder = folder
    this.#process = process
  }

  /** Starts one with this configuration, in YAML. */
  static async start(config: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'linkspan-prometheus-'))
    const [file, port] = [join(folder, 'prometheus.yml'), await freePort()]
    writeFileSync(file, config)
    const process = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    try {
      await ready(process)
    } catch (thrown) {
      rmSync(folder, { recursive: true, force: true })
      throw thrown
    }
    return new PrometheusServer(port, folder, process)
  }

  /** Evaluates PromQL, now. */
  async query(expr: string): Promise<readonly Sample[]> {
    interface Vector {
      readonly result: readonly {
        readonly metric: Record<string, string>
        readonly value: readonly [number, string]
      }[]
    }
    const { result } = await this.#ask<Vector>('query', { query: expr })
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
  }

  /** The one value that a query has; nothing where it has none, or several. */
  async value(expr: string): Promise<number | undefined> {
    const samples = await this.query(expr)
    return samples.length === 1 ? samples[0]?.value : undefined
  }

  /** What Prometheus knows of metrics beside their values. */
  async metadata(): Promise<
    Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>
  > {
    return await this.#ask('metadata', {})
  }

  async rules(): Promise<readonly EvaluatedRule[]> {
    interface Groups {
      readonly groups: readonly { readonly rules: readonly EvaluatedRule[] }[]
    }
    const { groups } = await this.#ask<Groups>('rules', {})
    return groups.flatMap(({ rules }) => rules)
  }

  async rule(name: string): Promise<EvaluatedRule | undefined> {
    return (await this.rules()).find((rule) => rule.name === name)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill('SIGKILL')
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #ask<Data>(what: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const url = `http://127.0.0.1:${this.#port}/api/v1/${what}?${new URLSearchParams(parameters)}`
    const answer = await fetch(url)
    const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string }
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${String(error)}`)
    return data
  }
}

async function ready(process: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    process.once('exit', (code) => reject(new Error(`prometheus ended with ${String(code)}:\n${said}`)))
    process.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (said.includes('Server is ready')) resolve()
    })
  })
  process.removeAllListeners('exit')
  // Its pipe must not fill up.
  process.stderr?.removeAllListeners('data').resume()
}
