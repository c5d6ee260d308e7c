// Lives of real connections over ws, on the real clock, recorded; and each of them once more, in memory and on a virtual one.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flightRecorder, type Linkspan, linkspan, type Recording } from '@linkspan/core'
import {
  type Attempt,
  type ConnectOptions,
  type Peer,
  replay,
  type TestHost,
  toTest,
} from '@linkspan/testing'
import { upgrade } from '@linkspan/ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listening } from '../packages/ws/test/serve.js'
import { type Bug, type Needs, recordedApp } from './support/recorded-app.js'

interface Life {
  readonly connect: ConnectOptions
  /** What a backend of the middleware does. */
  readonly io?: Needs['io']
  /** What the client says, in order. */
  readonly says?: readonly (string | Uint8Array)[]
  readonly act: (scene: {
    readonly app: Linkspan<unknown>
    readonly attempt: Attempt
    readonly peer: () => Promise<Peer>
  }) => unknown
  readonly sentence: RegExp
  /** What a bug would have it come to instead. */
  readonly unless?: readonly [Bug, RegExp]
}

const headers = { origin: 'https://app.example' }
const path = '/chat?token=good'

const LIVES: Readonly<Record<string, Life>> = {
  'a token that is not there': {
    connect: { path: '/chat', headers },
    act: () => {},
    sentence: /^Middleware 'jwt' refused it after \d+ ms with 401: no token\.$/,
    unless: [
      'lets everybody in',
      /^it went connecting → authenticated → active; it had gone connecting → closing → closed$/m,
    ],
  },
  'an origin that may not connect': {
    connect: { path, headers: { origin: 'https://evil.example' } },
    act: () => {},
    sentence: /^Before any middleware ran it was refused .* with 403/,
  },
  'a backend that hangs': {
    connect: { path: `${path}&profile`, headers },
    io: () => new Promise(() => {}),
    act: () => {},
    sentence: /^Its handshake took longer than the 150 ms it may, and had come to middleware 'profile'/,
  },
  'a backend that fails': {
    connect: { path: `${path}&profile`, headers },
    io: () => Promise.reject(new Error('no')),
    act: () => {},
    sentence: /^Middleware 'profile' threw \(LINKSPAN_MIDDLEWARE\): it was refused .* with 500\.$/,
  },
  'a client that leaves before it is answered': {
    connect: { path: `${path}&profile`, headers },
    io: () => new Promise(() => {}),
    act: async ({ app, attempt }) => {
      await until(() => app.connections.size === 1)
      attempt.cut()
    },
    sentence: /^The client went away after \d+ ms, before it was answered: .* middleware 'profile'/,
  },
  'a peer that closes': {
    connect: { path, headers },
    says: ['one', new Uint8Array(300), 'three'],
    act: async ({ peer }) => {
      const client = await peer()
      for (let index = 0; index < 3; index += 1) await client.next()
      client.close(4321, 'planted')
    },
    sentence: /^The client closed it after \d+ ms, with 4321\.$/,
  },
  'a network that is cut': {
    connect: { path, headers },
    says: ['one'],
    act: async ({ peer }) => {
      const client = await peer()
      await client.next()
      client.cut()
    },
    sentence: /^The network lost it/,
  },
  'a message that is too big': {
    connect: { path, headers },
    says: ['one'],
    act: async ({ peer }) => {
      const client = await peer()
      await client.next()
      client.send('x'.repeat(5_000))
    },
    sentence:
      /^The client sent a message larger than maxPayload, which is 4,096 bytes: it was closed .* with 1009/,
  },
  'a handler that throws': {
    connect: { path, headers },
    says: ['one', 'throw'],
    act: () => {},
    sentence: /^A message handler threw \(LINKSPAN_HANDLER\): it was closed .* with 1011/,
    unless: [
      'catches what its handler throws',
      /it has not ended; it had ended with 1011, handler by the server/,
    ],
  },
  'a handler that closes': {
    connect: { path, headers },
    says: ['leave'],
    act: () => {},
    sentence:
      /^The application called conn.close\(\): it was closed .* with 4001 \(revoked\): as you wish\.$/,
    unless: ['another code', /the code is 4002; it was 4001/],
  },
  'a peer that is dead': {
    connect: { path, headers },
    act: async ({ peer }) => {
      const client = await peer()
      await until(() => client.pings > 1)
      client.answersPings = false
    },
    sentence: /^The client left 2 pings unanswered, .* with 4102/,
  },
  'credentials that end': {
    connect: { path: '/chat?token=short', headers },
    act: () => {},
    sentence: /^Its credentials ended: it was closed after \d+ ms with 4200/,
    unless: ['another lease', /it has not ended; it had ended with 4200, expired by the server/],
  },
  'a slow consumer': {
    connect: { path, headers },
    says: ['pour'],
    act: async ({ peer }) => (await peer()).pause(),
    sentence: /^The client read more slowly than it was sent to: [\d,]+ bytes waited for it/,
    unless: ['never pours', /it has not ended; it had ended with 4100, slow-consumer by the server/],
  },
  'a drain': {
    connect: { path, headers },
    act: async ({ app, peer }) => {
      await peer()
      await app.drain()
    },
    sentence: /^The server drained: it was closed .* with 1012 \(restarting\): restarting\.$/,
  },
  'app.disconnect()': {
    connect: { path, headers },
    act: async ({ app, peer }) => {
      await peer()
      await app.disconnect({ subject: 'ada' }, { code: 4001, reason: 'revoked' })
    },
    sentence: /^The server called app.disconnect\(\): it was closed .* with 4001/,
  },
  'a client that does not answer the close frame': {
    connect: { path, headers },
    says: ['leave'],
    act: async ({ peer }) => {
      ;(await peer()).answersClose = false
    },
    sentence: /; the client did not answer the close frame in time, and was cut\.$/,
  },
}

const hosts: TestHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

/** The life over a socket: what the recorder had of it when it was over. */
async function live({ connect, io = async () => {}, says = [], act }: Life): Promise<Recording> {
  const app = recordedApp({
    linkspan: (options) => linkspan({ ...options, recorder: flightRecorder(), logger: quiet }),
    io,
  })
  const over = new Promise<string>((resolve) => {
    app.on('close', ({ id }) => resolve(id))
  })
  const host = await listening(createServer().on('upgrade', upgrade(app)))
  hosts.push(host)
  const attempt = host.connect(connect)
  const peer = async (): Promise<Peer> => {
    const answer = await attempt.answer
    if (!answer.upgraded) throw new Error(answer.body)
    return answer.peer
  }
  // What it does not read, or answer, is decided before it speaks.
  const acted = act({ app, attempt, peer })
  if (says.length > 0) {
    const client = await peer()
    await Promise.resolve()
    for (const message of says) client.send(message)
  }
  await acted
  const recording = app.recording(await over)
  if (recording === undefined) throw new Error('it was not recorded')
  // As it would come out of a file.
  return JSON.parse(JSON.stringify(recording)) as Recording
}

describe('a life over ws', () => {
  it.each(Object.entries(LIVES))('%s: comes to the same end once more, always', async (_name, life) => {
    const recording = await live(life)
    const message = (number: number): string | Uint8Array | undefined => life.says?.[number]
    const once = (bug?: Bug) =>
      replay((needs) => recordedApp(needs, bug), recording, { connect: life.connect, message })
    const { explanation, ...report } = await once()
    expect(report).toEqual({ same: true, differences: [] })
    expect(explanation.sentence).toMatch(life.sentence)
    const again = await once()
    expect(again.explanation.timeline).toEqual(explanation.timeline)
    if (life.unless === undefined) return
    const [bug, difference] = life.unless
    const wrong = await once(bug)
    expect(wrong.same).toBe(false)
    expect(wrong.differences.join('\n')).toMatch(difference)
  })
})

describe('a life that is written out as a test', () => {
  const folder = fileURLToPath(new URL('.replayed', import.meta.url))
  beforeAll(() => {
    mkdirSync(folder, { recursive: true })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** The module that a test imports: the application as it was, and one with a bug. */
  const app = `import { recordedApp } from '../support/recorded-app.js'
export const makeApp = (world) => recordedApp(world)
export const wrong = (world) => recordedApp(world, 'catches what its handler throws')
`

  async function written(name: string, runner: 'vitest' | 'node', file: string): Promise<void> {
    const life = LIVES['a handler that throws'] as Life
    const options = { app: './app.mjs', name, runner, connect: life.connect, messages: ['one', 'throw'] }
    writeFileSync(join(folder, file), toTest(await live(life), options))
    writeFileSync(join(folder, 'app.mjs'), app)
  }

  it('runs as it is with node:test, and fails where the application has changed', {
    timeout: 60_000,
  }, async () => {
    await written('makeApp', 'node', 'same.test.mjs')
    await written('wrong', 'node', 'wrong.test.mjs')
    const args = ['--import', 'tsx', '--conditions=@linkspan/source', '--test']
    const same = await node([...args, 'same.test.mjs'], folder)
    expect(same.output).toMatch(/pass 1\b/)
    expect(same.code).toBe(0)
    const wrong = await node([...args, 'wrong.test.mjs'], folder)
    expect(wrong.code).toBe(1)
    expect(wrong.output).toContain('it has not ended; it had ended with 1011, handler by the server')
  })

  it('runs as it is with vitest, and its types are right', { timeout: 60_000 }, async () => {
    await written('makeApp', 'vitest', 'same.spec.ts')
    writeFileSync(
      join(folder, 'vitest.config.mjs'),
      "export default { ssr: { resolve: { conditions: ['@linkspan/source', 'module', 'node'] } }, test: { include: ['*.spec.ts'] } }",
    )
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: { allowJs: true, noImplicitAny: false },
        include: ['*.ts'],
        exclude: [],
      }),
    )
    const ran = await node([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], folder)
    expect(ran.output).toMatch(/1 passed/)
    expect(ran.code).toBe(0)
    const checked = await node(
      [join(root, 'node_modules/typescript7/bin/tsc'), '--noEmit', '-p', folder],
      folder,
    )
    expect(checked.output.trim()).toBe('')
  })
})

describe('a life that is simulated', () => {
  it('meets what a seed has in store for it, the same always', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'linkspan-recording-'))
    try {
      const file = join(folder, 'life.json')
      writeFileSync(file, JSON.stringify(await live(LIVES['a peer that closes'] as Life)))
      const many = await simulated('--recording', file, '--seeds', '20')
      expect(many.output).toContain('20 of 20 seeds, everything held')
      expect(many.output).toContain('| connections | 20 |')
      expect(many.code).toBe(0)
      const one = await simulated('--recording', file, '--seed', '4')
      expect(one.output).toMatch(/▸ close \(client 0\) 4321$/m)
      expect(one.output).toMatch(/^seed 4: everything held\.$/m)
      expect(await simulated('--recording', file, '--seed', '4')).toEqual(one)

      writeFileSync(file, '{}')
      const none = await simulated('--recording', file)
      expect(none.output).toContain('is no recording: write JSON.stringify(app.recording(id)) into it.')
      expect(none.code).toBe(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const simulated = (...args: readonly string[]) =>
    node(['--import', 'tsx', join(root, 'scripts/simulate.ts'), ...args], root)
})

const root = fileURLToPath(new URL('..', import.meta.url))

function node(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_TEST_CONTEXT: undefined,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
    }
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr })
    })
  })
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Waits, turn by turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
