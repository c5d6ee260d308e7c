import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Crowd } from '../load/crowd.js'
import { say } from './console.js'
import { type Grafana, startGrafana } from './grafana.js'
import { Network } from './network.js'
import { NodeProcess } from './node-process.js'
import type { Options } from './options.js'
import { Page } from './page.js'
import { Prometheus } from './prometheus.js'
import { findRedis } from './redis.js'
import type { Stops } from './stops.js'
import { until } from './until.js'

/** All that runs. */
export interface Running {
  readonly north: NodeProcess
  readonly south: NodeProcess
  readonly network: Network
  readonly prometheus: Prometheus
  readonly page: Page
  readonly grafana: Grafana | undefined
  readonly crowd: Crowd
}

/** Brings everything up, one after the other, and says so. What has to be ended is in `stops`, also where it throws. */
export async function bringUp(options: Options, stops: Stops, signal: AbortSignal): Promise<Running> {
  const { ports, host } = options
  const up = (what: string, told: string): void => {
    say(`  ${what.padEnd(10)} ${told}`)
    signal.throwIfAborted()
  }
  const folder = mkdtempSync(join(tmpdir(), 'linkspan-observability-'))
  stops.add('the folder', async () => rmSync(folder, { recursive: true, force: true }))

  const redis = await findRedis(options.redis, folder)
  stops.add('redis', redis.stop)
  up('redis', redis.told + pidText(redis.pid))
  const network = await Network.to(redis.url.hostname, Number(redis.url.port || 6379))
  stops.add('the network', () => network.stop())

  const secret = randomBytes(32)
  const url = new URL(redis.url)
  ;[url.hostname, url.port] = ['127.0.0.1', String(network.port)]
  const [north, south] = (['north', 'south'] as const).map(
    (name) =>
      new NodeProcess({
        name,
        host,
        port: ports[name],
        redis: url.href,
        secret: secret.toString('base64'),
        log: join(folder, `${name}.log`),
      }),
  ) as [NodeProcess, NodeProcess]
  for (const node of [north, south]) {
    stops.add(node.name, () => node.stop())
    await node.start()
    up(node.name, `ws://${node.target}, and its metrics${pidText(node.pid)}`)
  }

  const prometheus = await Prometheus.start(
    { north: north.target, south: south.target },
    folder,
    ports.prometheus,
  )
  stops.add('prometheus', () => prometheus.stop())
  const rules = await until('two nodes, and rules without an error', async () => {
    const found = await prometheus.rules()
    const scraped = await prometheus.sum('up{job="linkspan"}')
    return scraped === 2 && found.healthy === found.alerts + found.series ? found : undefined
  })
  up(
    'prometheus',
    `${prometheus.url}, with ${rules.alerts} alerts and ${rules.series} recorded series, all healthy${pidText(prometheus.pid)}`,
  )

  const page = await Page.start(prometheus.url, host, ports.page)
  stops.add('the page', () => page.stop())
  up('page', page.url)
  const grafana = await startGrafana(prometheus.url, folder, ports.grafana)
  if (grafana !== undefined) {
    stops.add('grafana', () => grafana.stop())
    up('grafana', `${grafana.url}${pidText(grafana.pid)}`)
  }

  const crowd = new Crowd([north, south], secret, options.seed)
  stops.add('the clients', () => crowd.stop())
  crowd.begin(options.clients)
  up('clients', `${options.clients}, seed ${options.seed}`)
  return { north, south, network, prometheus, page, grafana, crowd }
}

function pidText(pid: number | undefined): string {
  return pid === undefined ? '' : ` (pid ${pid})`
}
