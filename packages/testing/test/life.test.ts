import { type CloseInfo, linkspan } from '@linkspan/core'
import { expect, it } from 'vitest'
import { type Recorded, Recorder } from '../src/index.js'
import { brokenLives } from '../src/life.js'

const info: CloseInfo = { code: 1000, reason: '', by: 'peer', clean: true, duration: 0, wireCode: 1000 }
const STATES = { n: 'connecting', u: 'authenticated', a: 'active', g: 'closing', d: 'closed' } as const

/** 'nu' is a transition from connecting to authenticated; 'O' is open, 'C' close, 'E' an error, 'D' a drop. */
function entry(word: string, id: string): Recorded {
  if (word === 'O') return { event: 'open', id }
  if (word === 'C') return { event: 'close', id, info }
  if (word === 'D') return { event: 'drop', id, direction: 'in', reason: 'closing', bytes: 1 }
  if (word === 'E') return { event: 'error', id, error: new Error('no') as never }
  const [from, to] = word as unknown as [keyof typeof STATES, keyof typeof STATES]
  return { event: 'transition', id, from: STATES[from], to: STATES[to] }
}

function problems(...lives: string[]): readonly string[] {
  const record = new Recorder(linkspan())
  for (const [index, life] of lives.entries()) {
    record.all.push(...life.split(' ').map((word) => entry(word, String(index))))
  }
  return brokenLives(record)
}

it.each(['nu ua O ag gd C', 'ng gd C', 'nu ug gd C', 'nu ua O D ag D gd C E'])(
  'accepts a whole life: %s',
  (life) => {
    expect(problems(life, 'ng gd C')).toEqual([])
  },
)

it.each([
  ['nu ua O ag gd', "0 'close' events, not one"],
  ['ng gd C C', "2 'close' events, not one"],
  ['na O ag gd C', 'connecting → active'],
  ['ng gn nd C', 'closing → connecting'],
  ['nd C', 'connecting → closed'],
  ['ua O ag gd C', 'a transition from authenticated, in connecting'],
  ['nu O ua ag gd C', "'open' in authenticated"],
  ['nu ua O O ag gd C', "2 'open' events"],
  ['ng C gd', "'close' in closing"],
  ['ng gd C D', "'drop' after 'close'"],
])('says what is wrong with %s: %s', (life, problem) => {
  expect(problems('ng gd C', life)).toContain(`connection 1: ${problem}`)
})
