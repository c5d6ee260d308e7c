import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

/** Globals that every current browser, worker and edge runtime has, and nothing else. */
const WEB = [
  'AbortController',
  'AbortSignal',
  'Event',
  'EventTarget',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'clearTimeout',
  'console',
  'crypto',
  'performance',
  'setTimeout',
] as const

/** An echo over a transport without a socket, written as a page would: it reaches nothing but the package and the web. */
const PAGE = `
  import { HandshakeRequest, linkspan, systemClock } from '@linkspan/core'

  export function make() {
    linkspan()
  }

  export function wait() {
    systemClock.clearTimeout(systemClock.setTimeout(() => {}, 0))
  }

  export async function echo(texts) {
    const log = []
    const app = linkspan({ origin: '*', protocols: ['v1'] })
      .use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        conn.defer(() => log.push('released'))
        return next({ greeting: 'hello' })
      })
      .message(async (conn, message) => {
        await conn.drained()
        conn.send(conn.data.greeting + ' ' + message.text())
      })
    app.on('close', (conn, info) => log.push('closed ' + info.code))

    let sink
    const transport = {
      bufferedAmount: 0,
      send: (data) => (log.push(data), 'sent'),
      ping() {},
      close: (code, reason) => sink.closed(code, reason),
      terminate: () => sink.closed(1006, ''),
    }
    app.handle({
      request: new HandshakeRequest({
        url: '/chat?room=lobby',
        headers: { host: 'chat.example', 'sec-websocket-protocol': 'v1' },
        address: '192.0.2.7',
      }),
      accept: (upgrade) => {
        sink = upgrade.sink
        log.push('protocol ' + upgrade.protocol)
        return transport
      },
      reject: (status) => log.push('rejected ' + status),
      onAbort() {},
    })
    await new Promise((resolve) => systemClock.setTimeout(resolve, 0))
    for (const text of texts) sink.message(new TextEncoder().encode(text), false)
    await new Promise((resolve) => systemClock.setTimeout(resolve, 0))
    await app.disconnect({ subject: 'ada' })
    return log
  }
`

let code = ''
let inputs: string[] = []

beforeAll(async () => {
  const result = await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname, loader: 'js' },
    alias: { '@linkspan/core': new URL('../src/index.ts', import.meta.url).pathname },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'page',
    // Neutral knows no built-in module at all: an import of one fails the build.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
  })
  code = result.outputFiles[0]?.text ?? ''
  inputs = Object.keys(result.metafile.inputs)
})

/** Runs the bundle in a world of its own, with the globals of the web and without some. */
function world(without: readonly string[] = []): {
  echo(texts: readonly string[]): Promise<string[]>
  make(): void
  wait(): void
} {
  const globals = WEB.filter((name) => !without.includes(name)).map((name) => [name, globalThis[name]])
  const context = createContext(Object.fromEntries(globals), {
    codeGeneration: { strings: false, wasm: false },
  })
  runInContext(code, context)
  return runInContext('page', context) as ReturnType<typeof world>
}

describe('the core in a browser', () => {
  it('echoes over a transport, with nothing but the globals of the web', async () => {
    expect([...(await world().echo(['one', 'two']))]).toEqual([
      'protocol v1',
      'hello one',
      'hello two',
      'released',
      'closed 4000',
    ])
  })

  it('runs in a world that has none of what is Node alone', () => {
    const context = createContext({})
    for (const name of ['process', 'Buffer', 'require', 'setImmediate', 'module', 'global', '__dirname']) {
      expect(runInContext(`typeof ${name}`, context)).toBe('undefined')
    }
  })

  it('names no module and no global of Node', () => {
    expect(code).not.toMatch(/["']node:/)
    expect(code).not.toMatch(/\b(?:process|Buffer|setImmediate|__dirname|__filename)\b\s*[.([]/)
  })

  it('consists of its own files and the one dependency', () => {
    const foreign = inputs.filter(
      (path) => !/^(<stdin>|(\.\.\/)*(packages\/core\/)?src\/|.*\/core\/src\/)/.test(path),
    )
    expect(foreign.length).toBeGreaterThan(0)
    for (const path of foreign) expect(path).toMatch(/\/eventemitter3\//)
  })

  it('needs the clock of the platform only where it is given none, and something waits', () => {
    const { make, wait } = world(['setTimeout'])
    make()
    expect(wait).toThrow(/setTimeout/)
    world().wait()
  })
})

describe('a bundle for no platform', () => {
  it('is what fails as soon as a module of Node is imported', async () => {
    const bundling = build({
      stdin: { contents: "import { readFile } from 'node:fs'; console.log(readFile)", loader: 'js' },
      bundle: true,
      write: false,
      platform: 'neutral',
      logLevel: 'silent',
    })
    await expect(bundling).rejects.toThrow(/node:fs/)
  })
})
