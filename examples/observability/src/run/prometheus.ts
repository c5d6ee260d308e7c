import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, isInstalled, Program } from './program.js'
import { until } from './until.js'

/** What is published with @linkspan/otel. */
export const published: string = fileURLToPath(
  new URL('../../../../packages/otel/observability', import.meta.url),
)
const RULES = join(published, 'rules.yml')

/** Where the nodes are, by what they are to be called. */
type Targets = Readonly<Record<string, string>>

/** One series, and its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An alert that is pending or firing. */
export interface Alert {
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

interface Vector {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [number, string]
  }[]
}

interface Groups {
  readonly groups: readonly {
    readonly rules: readonly { readonly type: 'alerting' | 'recording'; readonly health: string }[]
  }[]
}

/** A real Prometheus, which scrapes the nodes each second and evaluates the rules of @linkspan/otel. */
export class Prometheus {
  readonly url: string
  readonly #program: Program

  private constructor(url: string, program: Program) {
    this.url = url
    this.#program = program
  }

  /** @throws Error that says what to do, where there is none on this machine. */
  static async start(targets: Targets, folder: string, port: number): Promise<Prometheus> {
    if (!isInstalled('prometheus'))
      throw new Error(
        'Prometheus is not installed, and nothing else would tell the truth here: apt-get install prometheus, ' +
          'or put prometheus of https://prometheus.io/download on the PATH.',
      )
    const config = join(folder, 'prometheus.yml')
    writeFileSync(config, configuration(targets))
    const address = `127.0.0.1:${port === 0 ? await freePort() : port}`
    const program = new Program(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=${address}`,
      ],
      join(folder, 'prometheus.log'),
    )
    const prometheus = new Prometheus(`http://${address}`, program)
    try {
      await until('prometheus', async () => {
        program.mustRun()
        return (await fetch(`${prometheus.url}/-/ready`)).ok || undefined
      })
    } catch (thrown) {
      await program.stop()
      throw thrown
    }
    return prometheus
  }

  get pid(): number | undefined {
    return this.#program.pid
  }

  /** Evaluates PromQL, now. */
  async query(expr: string): Promise<readonly Sample[]> {
    const { result } = await this.#ask<Vector>(`query?${new URLSearchParams({ query: expr })}`)
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
  }

  /** The sum of what a query answers: 0 where that is nothing. */
  async sum(expr: string): Promise<number> {
    return (await this.query(expr)).reduce((sum, { value }) => sum + value, 0)
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.#ask<{ readonly alerts: readonly Alert[] }>('alerts')).alerts
  }

  /** How many rules there are of a kind, and how many were evaluated without an error. */
  async rules(): Promise<{ readonly alerts: number; readonly series: number; readonly healthy: number }> {
    const rules = (await this.#ask<Groups>('rules')).groups.flatMap((group) => group.rules)
    const alerts = rules.filter(({ type }) => type === 'alerting').length
    const healthy = rules.filter(({ health }) => health === 'ok').length
    return { alerts, series: rules.length - alerts, healthy }
  }

  async stop(): Promise<void> {
    await this.#program.stop()
  }

  async #ask<Data>(what: string): Promise<Data> {
    const answer = await fetch(`${this.url}/api/v1/${what}`, { signal: AbortSignal.timeout(5_000) })
    const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string }
    if (status !== 'success') throw new Error(`Prometheus, asked for ${what}: ${String(error)}`)
    return data
  }
}

/** The configuration that is published, for these nodes, and fifteen times as fast. JSON is YAML. */
function configuration(targets: Targets): string {
  const configs = Object.entries(targets).map(([instance, target]) => ({
    targets: [target],
    labels: { instance },
  }))
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: [{ job_name: 'linkspan', static_configs: configs }],
  })
}
