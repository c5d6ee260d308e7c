import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Server as SecureServer, ServerOptions } from 'node:https'
import type { AddressInfo, NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, type Refused, socketHost, type TestHost, type Upgraded } from '@linkspan/testing'
import { onTestFinished } from 'vitest'

/** Where a server listens, for clients that speak by hand. */
export interface Serving extends TestHost {
  readonly target: NetConnectOpts
}

/** Lets a server listen on 127.0.0.1, or on the path of a Unix socket. */
export async function listening(server: Server | SecureServer, path?: string): Promise<Serving> {
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(path, resolve)
  })
  const target =
    path === undefined ? { host: '127.0.0.1', port: (server.address() as AddressInfo).port } : { path }
  const host = socketHost({
    connect: target,
    ...('setSecureContext' in server ? { tls: { rejectUnauthorized: false } } : {}),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  })
  return { ...host, target }
}

/** The same, until the test has ended. */
export async function serve(server: Server | SecureServer, path?: string): Promise<Serving> {
  const host = await listening(server, path)
  onTestFinished(() => host.close())
  return host
}

/** A path for a Unix socket, in a folder that goes with the process. */
export function socketPath(): string {
  return join(folder('linkspan-'), 'socket')
}

/** A certificate for 127.0.0.1 that nobody has signed, and its key. */
export function selfSigned(): ServerOptions {
  const into = folder('linkspan-tls-')
  const [key, cert] = [join(into, 'key.pem'), join(into, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=127.0.0.1'],
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

function folder(prefix: string): string {
  const made = mkdtempSync(join(tmpdir(), prefix))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}

export function upgraded(answer: Answer): Upgraded {
  if (answer.upgraded) return answer
  throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
}

export function refused(answer: Answer): Refused {
  if (!answer.upgraded) return answer
  throw new Error('the client was let in')
}
