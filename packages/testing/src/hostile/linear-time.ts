import assert from 'node:assert/strict'
import { within } from '../until.js'
import type { HostileCase, HostileChapter } from './case.js'
import type { Scene } from './scene.js'
import { open, type RequestParts, text, upgrade } from './steps.js'

/** Bytes of what grows: from one to the other what is linear grows eightfold, what is quadratic sixty-four fold. */
const SMALL = 1_500
const LARGE = 8 * SMALL
/** Times a request is measured: the fastest is the least disturbed. */
const SAMPLES = 7
/** Below this many milliseconds a time says nothing but how busy the machine is. */
const NOISE = 3

const header =
  (name: string, fill: (bytes: number) => string) =>
  (bytes: number): RequestParts => ({ headers: { [name]: fill(bytes) } })
const repeated =
  (text: string, before = '', after = '') =>
  (bytes: number): string =>
    `${before}${text.repeat(Math.floor(bytes / text.length))}${after}`

const PATHOLOGICAL: Readonly<Record<string, (bytes: number) => RequestParts>> = {
  'a subprotocol list of commas': header('sec-websocket-protocol', repeated(',')),
  'a subprotocol list of commas and spaces': header('sec-websocket-protocol', repeated(' ,', 'a', ' b')),
  'a subprotocol with white space within': header('sec-websocket-protocol', repeated(' ', 'a', 'b')),
  'a subprotocol list of one name again and again': header('sec-websocket-protocol', repeated('a,', '', 'a')),
  'a subprotocol list of different names': header('sec-websocket-protocol', (bytes) =>
    Array.from({ length: bytes / 6 }, (_, i) => `p${i}`).join(','),
  ),
  'a subprotocol of one long name': header('sec-websocket-protocol', repeated('a')),
  'an extension of semicolons': header('sec-websocket-extensions', repeated(';', 'permessage-deflate')),
  'an extension of spaces': header('sec-websocket-extensions', repeated(' ', 'permessage-deflate', ';a')),
  'an extension of backslashes': header(
    'sec-websocket-extensions',
    repeated('\\', 'permessage-deflate; a="', '"'),
  ),
  'an extension of quotes': header('sec-websocket-extensions', repeated('"', 'permessage-deflate; a=')),
  'an extension of many parameters': header(
    'sec-websocket-extensions',
    repeated('; a="b"', 'permessage-deflate'),
  ),
  'an extension offered again and again': header(
    'sec-websocket-extensions',
    repeated('permessage-deflate,', '', 'x'),
  ),
  'an extension of commas': header('sec-websocket-extensions', repeated(' ,', 'x', ' y')),
  'an origin of dots': header('origin', repeated('a.', 'https://')),
  'an origin of brackets': header('origin', repeated('[', 'https://')),
  'an origin of slashes': header('origin', repeated('/', 'https:')),
  'a host of colons': header('host', repeated(':', 'a')),
  'a host of letters': header('host', repeated('a')),
  'an Upgrade of commas': header('upgrade', repeated(' ,', 'a', ' websocket')),
  'a Connection of commas': header('connection', repeated(' ,', 'a', ' upgrade')),
  'a Connection of white space': header('connection', repeated(' ', 'a', 'b, upgrade')),
  'a key of letters': header('sec-websocket-key', repeated('A', '', '==')),
  'a key of padding': header('sec-websocket-key', repeated('=')),
  'a version of zeros': header('sec-websocket-version', repeated('0', '', '13')),
  'a cookie of semicolons': header('x-cookie', repeated(';', 'a=b')),
  'forwarded addresses': header('x-forwarded-for', repeated('1.1.1.1, ', '', '2.2.2.2')),
  'a query of ampersands': (bytes) => ({ url: `/raw?${'&'.repeat(bytes)}` }),
  'a query of percent signs': (bytes) => ({ url: `/raw?a=${'%'.repeat(bytes)}` }),
  'a path of slashes': (bytes) => ({ url: '/'.repeat(bytes) }),
  'a path of dots': (bytes) => ({ url: '/..'.repeat(bytes / 3) }),
}

/** Of the malformed ones the answer; the others are let in, whatever their extensions say. */
const ANSWERS: readonly (readonly [what: RegExp, status: number])[] = [
  [/^a subprotocol (?:list of (?:commas|one name)|with white space)/, 400],
  [/^a key/, 400],
  [/^a version/, 426],
  [/^an origin/, 403],
]

const statusOf = (what: string): number => ANSWERS.find(([which]) => which.test(what))?.[1] ?? 101

/** Requests that a careless reader would take a time for that grows faster than they do (CVE-2021-32640). */
export const linearTimeCases: HostileChapter = {
  title: 'linear time',
  cases: Object.entries(PATHOLOGICAL).flatMap(([what, partsOf]) =>
    (what.includes('extension') ? [false, true] : [false]).map(
      (compression): HostileCase => ({
        row: 2,
        rfc: 'RFC 9112 §9',
        name: `${what}${compression ? ', with compression,' : ''} is answered with ${statusOf(what)}, in time in proportion to its length`,
        app: {
          options: { origin: ['https://app.example'], protocols: ['chat'], compression },
          middleware: () => (conn, next) => {
            conn.request.query.get('a')
            return next()
          },
        },
        send: [open, (scene) => grows(scene, partsOf, statusOf(what)), text('hello')],
        expect: { status: 101, echoes: ['hello'] },
      }),
    ),
  ),
}

async function grows(scene: Scene, partsOf: (bytes: number) => RequestParts, status: number): Promise<void> {
  const times = { small: Infinity, large: Infinity }
  for (let i = 0; i < SAMPLES; i += 1) {
    times.small = Math.min(times.small, await timeOf(scene, upgrade(partsOf(SMALL)), status))
    times.large = Math.min(times.large, await timeOf(scene, upgrade(partsOf(LARGE)), status))
  }
  const most = 24 * Math.max(times.small, NOISE)
  assert.ok(times.large < most, `${times.small} ms for ${SMALL} bytes, and ${times.large} ms for ${LARGE}`)
}

async function timeOf({ dial }: Scene, request: string, status: number): Promise<number> {
  const client = dial()
  await client.connected
  const begun = performance.now()
  client.write(request)
  const answer = await within(client.answer, 'the request is answered')
  const time = performance.now() - begun
  assert.equal(answer?.status, status)
  client.reset()
  await client.over
  return time
}
