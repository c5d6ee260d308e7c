import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { published } from './prometheus.js'

const PAGE = new URL('../../public/index.html', import.meta.url)
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}
/** What the page may ask Prometheus: no more than it needs. */
const ASKED = /^\/api\/v1\/(?:query_range|alerts)(?:\?|$)/

/** Serves the dashboard to people without a Grafana: a page, the dashboard's JSON, and what Prometheus says. */
export class Page {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(prometheus: string, host: string, port: number): Promise<Page> {
    const server = createServer((request, response) => {
      void answer(request, response, prometheus).catch(() => response.destroy())
    })
    server.listen(port, host)
    await once(server, 'listening').catch((cause: Error) => {
      throw new Error(`The page cannot be served: ${cause.message}. --page chooses another port.`, { cause })
    })
    return new Page(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, prometheus: string): Promise<void> {
  const { url = '/', method } = request
  const send = (status: number, type: string, body: string | Buffer): void => {
    response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body)
  }
  if (method !== 'GET') return send(405, 'text/plain', 'Method Not Allowed\n')
  if (url === '/') return send(200, 'text/html; charset=utf-8', readFileSync(PAGE))
  if (url === '/dashboard.json')
    return send(200, 'application/json', readFileSync(join(published, 'grafana-dashboard.json')))
  if (!ASKED.test(url)) return send(404, 'text/plain', 'Not Found\n')
  const told = await fetch(`${prometheus}${url}`, { signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  )
  if (told === undefined) return send(502, 'text/plain', 'Prometheus does not answer\n')
  send(told.status, 'application/json', Buffer.from(await told.arrayBuffer()))
}
