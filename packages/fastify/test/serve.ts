import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, type Refused, socketHost, type TestHost, type Upgraded } from '@linkspan/testing'
import { onTestFinished } from 'vitest'

/** Clients that speak by hand, for a server on 127.0.0.1. */
export async function listening(server: Server): Promise<TestHost> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return socketHost({
    connect: { port, host: '127.0.0.1' },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  })
}

/** The same, until the test has ended. */
export async function serve(server: Server): Promise<TestHost> {
  const host = await listening(server)
  onTestFinished(() => host.close())
  return host
}

export function upgraded(answer: Answer): Upgraded {
  if (answer.upgraded) return answer
  throw new Error(`the client was refused: ${answer.status} ${answer.body}`)
}

export function refused(answer: Answer): Refused {
  if (!answer.upgraded) return answer
  throw new Error('the client was let in')
}
