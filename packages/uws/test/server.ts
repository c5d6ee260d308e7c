import type { AppOptions, TemplatedApp, us_listen_socket } from 'uWebSockets.js'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Linkspan } from '@linkspan/core'
import { socketHost, type TestHost } from '@linkspan/testing'
import { type AttachOptions, attach } from '@linkspan/uws'
import { cert, key } from '../../testing/test/localhost.js'
import { uWS } from './load.js'

/** A server that listens. */
export interface Listening {
  readonly uws: TemplatedApp
  readonly port: number
  /** A client's way to it. */
  readonly host: TestHost
}

export interface ListenOptions {
  /** Default: the IPv4 loopback. */
  readonly address?: string
  /** Where clients find it. Default: the same. */
  readonly target?: string
  /** Whether it speaks TLS. Default: no. */
  readonly secure?: boolean
}

const hosts = new Set<TestHost>()

/** For `afterEach`. */
export async function closeServers(): Promise<void> {
  for (const host of hosts) await host.close()
}

/** Starts a server with some routes. */
export async function listening(
  routes: (uws: TemplatedApp) => void,
  { address = '127.0.0.1', target = address, secure = false }: ListenOptions = {},
): Promise<Listening> {
  const { App, SSLApp, us_socket_local_port } = uWS()
  const uws = secure ? SSLApp(certificate()) : App()
  routes(uws)
  const socket = await new Promise<us_listen_socket | false>((resolve) => {
    uws.listen(address, 0, resolve)
  })
  if (socket === false) throw new Error(`nothing can listen on ${address}`)
  const port = us_socket_local_port(socket)
  const { close, ...rest } = socketHost({
    connect: { port, host: target },
    ...(secure ? { tls: { ca: cert, servername: 'localhost' } } : {}),
    close: async () => void uws.close(),
  })
  const host: TestHost = {
    ...rest,
    close: () => {
      hosts.delete(host)
      return close()
    },
  }
  hosts.add(host)
  return { uws, port, host }
}

/** Serves an application with `attach`. */
export function serving(
  app: Linkspan<unknown>,
  options?: AttachOptions,
  where?: ListenOptions,
): Promise<Listening> {
  return listening((uws) => attach(uws, app, options), where)
}

let files: AppOptions | undefined

/** uWebSockets.js takes certificates from files alone. */
function certificate(): AppOptions {
  if (files === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'linkspan-uws-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    writeFileSync(keyFile, key)
    writeFileSync(certFile, cert)
    files = { key_file_name: keyFile, cert_file_name: certFile }
  }
  return files
}
