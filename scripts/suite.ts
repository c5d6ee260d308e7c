// Tells what the conformance suite consists of, and what each transport leaves out of it, from what the transports
// declare. `pnpm suite` writes it into docs/adapters.md; the test beside the docs fails when it is out of date.

import {
  type BehaviourEntry,
  behaviours,
  chapters,
  FULL_SUPPORT,
  MEMORY_SUPPORT,
  type Supports,
} from '@linkspan/testing'
import { UWS_SUPPORT } from '../packages/uws/test/support.js'
import { GeneratedPart } from './page.js'

/** What each one's own tests give to `describeTransport`. */
const TRANSPORTS: Readonly<Record<string, Supports>> = {
  'memory (`@linkspan/testing`)': MEMORY_SUPPORT,
  '`@linkspan/ws`': FULL_SUPPORT,
  '`@linkspan/express`': FULL_SUPPORT,
  '`@linkspan/fastify`': FULL_SUPPORT,
  '`@linkspan/koa`': FULL_SUPPORT,
  '`@linkspan/uws`': UWS_SUPPORT,
}

/** Why something is left out. */
const REASONS: Readonly<Record<keyof Supports, string>> = {
  pause:
    'reading from a socket cannot be paused: past the bound of the inbox the connection closes with 4101',
  violationFrame: 'on a violation the socket is cut without a close frame: `wireCode` is `undefined`',
  violationCodes:
    'of violations only 1007 and 1009 are told apart, the rest is 1006; an unmasked frame goes unnoticed',
  earlyBytes: 'bytes that are sent before the 101 are lost, or abort the handshake',
  allPeerCodes: "a peer's close codes 1012 to 1014 and 3000 to 3999 reach us as 1006",
  closeAnswer: 'after our own close it is not known whether the peer answered: `clean` is `true` then',
  malformedHttp:
    'what is not HTTP/1.1 to the letter never gets to an adapter: the server answers by itself, as HTTP/1.0 with 505',
  rawFrames: 'there are no bytes, only whole frames',
}

/** The chapters, the transports, and what these leave out. */
export function tellSuite(): string {
  return [
    `**${behaviours.length} behaviours in ${chapters.length} chapters.**`,
    table(
      ['chapter', 'behaviours'],
      chapters.map((chapter) => [chapter.title, chapter.behaviours.length]),
    ),
    [
      'What a transport cannot do it declares. A behaviour that makes no sense without it is left out; one that does, runs',
      'and expects the difference. Nothing else may differ.',
    ].join('\n'),
    table(
      ['transport', 'run', 'left out'],
      Object.entries(TRANSPORTS).map(([name, supports]) => {
        const left = leftOut(supports).length
        return [name, behaviours.length - left, left]
      }),
    ),
    ...Object.entries(TRANSPORTS)
      .filter(([, supports]) => leftOut(supports).length > 0)
      .map(tellLeftOut),
  ].join('\n\n')
}

function lacks({ needs }: BehaviourEntry, supports: Supports): (keyof Supports)[] {
  return needs.filter((need) => !supports[need])
}

function leftOut(supports: Supports): readonly BehaviourEntry[] {
  return behaviours.filter((behaviour) => lacks(behaviour, supports).length > 0)
}

/** Under each thing that a transport cannot do, what is left out for it first. */
function tellLeftOut([name, supports]: readonly [string, Supports]): string {
  const missing = (Object.keys(supports) as (keyof Supports)[]).filter((need) => !supports[need])
  const reasons = missing.map((need) => {
    const entries = leftOut(supports).filter((behaviour) => lacks(behaviour, supports)[0] === need)
    const lines = entries.map((behaviour) => `  - ${behaviour.chapter}: ${behaviour.name}`)
    return [`- **${need}**: ${REASONS[need]}.`, ...lines].join('\n')
  })
  const summary = `<summary>What ${name.replace(/`/g, '')} cannot do, and leaves out for it</summary>`
  return [`<details>\n${summary}`, reasons.join('\n'), '</details>'].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The suite in its page. */
export const suite: GeneratedPart = new GeneratedPart('docs/adapters.md', 'suite', tellSuite)
suite.writeAsProgram(import.meta.url)
