import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, isInstalled, Program } from './program.js'
import { published } from './prometheus.js'
import { until } from './until.js'

/** A Grafana that has the generated dashboard, and this Prometheus. */
export interface Grafana {
  readonly url: string
  readonly pid: number | undefined
  stop(): Promise<void>
}

/** Starts the Grafana of this machine; answers `undefined` where there is none. */
export async function startGrafana(
  prometheus: string,
  folder: string,
  port: number,
): Promise<Grafana | undefined> {
  if (!isInstalled('grafana-server')) return undefined
  const own = join(folder, 'grafana')
  provision(own, prometheus)
  const chosen = port === 0 ? await freePort() : port
  const server = new Program(
    'grafana-server',
    ['--homepath', '/usr/share/grafana'],
    join(folder, 'grafana.log'),
    {
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: String(chosen),
      GF_PATHS_DATA: join(own, 'data'),
      GF_PATHS_LOGS: join(own, 'logs'),
      GF_PATHS_PROVISIONING: join(own, 'provisioning'),
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    },
  )
  const url = `http://127.0.0.1:${chosen}`
  try {
    await until(
      'grafana-server',
      async () => {
        server.mustRun()
        return (await fetch(`${url}/api/health`)).ok || undefined
      },
      { within: 60_000 },
    )
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
  return { url: `${url}/d/linkspan`, pid: server.pid, stop: () => server.stop() }
}

/** Writes what Grafana reads when it starts. JSON is YAML. */
export function provision(folder: string, prometheus: string): void {
  const [dashboards, datasources, provided] = ['dashboards', 'datasources', 'provided'].map((name) =>
    join(folder, name === 'provided' ? name : `provisioning/${name}`),
  ) as [string, string, string]
  for (const each of [dashboards, datasources, provided]) mkdirSync(each, { recursive: true })
  copyFileSync(join(published, 'grafana-dashboard.json'), join(provided, 'linkspan.json'))
  const providers = [{ name: 'linkspan', type: 'file', options: { path: provided } }]
  writeFileSync(join(dashboards, 'linkspan.yml'), JSON.stringify({ apiVersion: 1, providers }))
  const source = {
    name: 'Prometheus',
    uid: 'prometheus',
    type: 'prometheus',
    access: 'proxy',
    url: prometheus,
  }
  const sources = [{ ...source, isDefault: true, jsonData: { timeInterval: '1s' } }]
  writeFileSync(join(datasources, 'linkspan.yml'), JSON.stringify({ apiVersion: 1, datasources: sources }))
}
