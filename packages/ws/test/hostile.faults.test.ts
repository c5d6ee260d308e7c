import { createServer } from 'node:http'
import type { Linkspan } from '@linkspan/core'
import { describeHostile, type HostFactory } from '@linkspan/testing'
import { type UpgradeListener, upgrade } from '@linkspan/ws'
import { describe, expect, it } from 'vitest'
import { type Fault, faulty } from '../../testing/test/faults.js'
import { listening } from './serve.js'

const sound: HostFactory = (app) => listening(createServer().on('upgrade', upgrade(app)))

/** Faults planted in an adapter that is sound, and a case that has to find each. */
const FAULTS: Readonly<Record<string, readonly [factory: HostFactory, found: string]>> = {
  'a violation that is taken for the network': [
    spoilt({ sink: (sink) => ({ closed: (code, reason) => sink.closed(code, reason) }) }),
    'the reserved opcode 3 is closed with 1002',
  ],
  'a message that is handed over twice': [
    spoilt({
      sink: (sink) => ({
        message: (data, binary) => {
          sink.message(data, binary)
          sink.message(data, binary)
        },
      }),
    }),
    'an empty message is a message',
  ],
  'a buffer that is used again while a message is kept': [
    spoilt({
      sink: (sink) => ({
        message: (data, binary) => {
          const bytes = Uint8Array.from(data as Uint8Array)
          sink.message(bytes, binary)
          setImmediate(() => bytes.fill(0))
        },
      }),
    }),
    'a text message that is kept is what it was, whatever came after it',
  ],
  "a peer's close code that is lost": [
    spoilt({ sink: (sink) => ({ closed: (_code, _reason, error) => sink.closed(1005, '', error) }) }),
    'a close frame with 4000 is a close by the peer',
  ],
  'a close code of ours that does not leave': [
    spoilt({ transport: (transport) => ({ close: () => transport.close(1000, '') }) }),
    'a handler that throws an error is an error, and closed with 1011 that says nothing of it',
  ],
  'a refusal with another status': [
    spoilt({
      handshake: (handshake) => ({ reject: (_, headers, body) => handshake.reject(418, headers, body) }),
    }),
    "the origin 'null' is refused by a list, before any middleware",
  ],
  'a refusal without its headers': [
    spoilt({
      handshake: (handshake) => ({ reject: (status, _, body) => handshake.reject(status, {}, body) }),
    }),
    "the origin 'null' is refused by a list, before any middleware",
  ],
  'a refusal that repeats the url it was asked for': [
    spoilt({
      handshake: (handshake) => ({
        reject: (status, headers, body) =>
          handshake.reject(status, { ...headers, 'x-asked': handshake.request.url }, body),
      }),
    }),
    'a token that has expired, in the query that is asked for it, is answered with 401, and repeated nowhere',
  ],
  'a header of the 101 that does not leave': [
    spoilt({
      handshake: (handshake) => ({ accept: (init) => handshake.accept({ ...init, headers: {} }) }),
    }),
    'a session id that it made up is never adopted: there is a new one, in one cookie, and in no log',
  ],
  'a close frame that leaves twice, the first time with another code': [
    spoilt({
      transport: (transport) => ({
        close: (code, reason) => {
          transport.close(1000, '')
          transport.close(code, reason)
        },
      }),
    }),
    'active: close(), then a message: the first says why it ended',
  ],
  'a method that nobody looks at': [
    heard((listener) => (req, socket, head) => {
      req.method = 'GET'
      listener(req, socket, head)
    }),
    'POST is answered with 405 and Allow: GET',
  ],
  'a second Host that nobody sees': [
    heard((listener) => (req, socket, head) => {
      const second = req.rawHeaders.lastIndexOf('Host')
      if (second > 0) req.rawHeaders[second] = 'X-Host'
      listener(req, socket, head)
    }),
    'two Host headers are answered with 400',
  ],
  'a server that serves once': [
    heard((listener) => {
      let served = 0
      return (req, socket, head) => {
        served += 1
        if (served === 1) listener(req, socket, head)
        else socket.destroy()
      }
    }),
    'a close frame with 1000 is a close by the peer',
  ],
  'a url with its token in the log': [
    meddled((app) =>
      app.on('open', ({ request }) => app.options.logger.info({ url: request.url }, 'opened')),
    ),
    'a close frame with 1000 is a close by the peer',
  ],
  'a timer that is left': [
    meddled((app) => app.options.clock.setTimeout(() => {}, 2 ** 30)),
    'a close frame with 1000 is a close by the peer',
  ],
}

describe('the suite of raw bytes', () => {
  for (const [fault, [factory, found]] of Object.entries(FAULTS)) {
    it(`finds ${fault}`, async () => {
      await casesOn(sound).get(found)?.()
      await expect(casesOn(factory).get(found)?.()).rejects.toThrow()
    })
  }

  it('names every case once', () => {
    const names: string[] = []
    const chapters: string[] = []
    describeHostile({
      factory: sound,
      describe: (name, body) => {
        chapters.push(name)
        body()
      },
      it: (name) => names.push(`${chapters.at(-1)} › ${name}`),
    })
    expect(new Set(names).size).toBe(names.length)
  })

  it('tells which cases a transport is spared, and why', () => {
    const { run, skipped } = describeHostile({
      factory: sound,
      supports: { closeAnswer: false },
      describe: (_name, body) => body(),
      it: () => {},
    })
    const unable = skipped.filter(({ needs }) => needs.includes('closeAnswer'))
    const placeless = skipped.filter(({ place }) => place !== 'everywhere')
    expect(unable.length).toBeGreaterThan(0)
    expect(placeless.length).toBeGreaterThan(0)
    expect(unable.length + placeless.length).toBe(skipped.length)
    expect(run.some(({ needs, place }) => needs.includes('closeAnswer') || place !== 'everywhere')).toBe(
      false,
    )
  })
})

/** The suite's cases by name, not registered anywhere. */
function casesOn(factory: HostFactory): Map<string, () => Promise<void>> {
  const cases = new Map<string, () => Promise<void>>()
  describeHostile({ factory, describe: (_name, body) => body(), it: (name, body) => cases.set(name, body) })
  return cases
}

function spoilt(fault: Fault): HostFactory {
  return faulty(fault, sound)
}

function heard(change: (listener: UpgradeListener) => UpgradeListener): HostFactory {
  return (app) => listening(createServer().on('upgrade', change(upgrade(app))))
}

function meddled(meddle: (app: Linkspan<unknown>) => unknown): HostFactory {
  return (app) => {
    meddle(app)
    return sound(app)
  }
}
