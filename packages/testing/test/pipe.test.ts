import { expect, it } from 'vitest'
import { Pipe } from '../src/pipe.js'

interface Item {
  readonly name: string
  readonly size: number
}

function open(): { pipe: Pipe<Item>; got: string[]; push(...items: [string, number][]): void } {
  const got: string[] = []
  const pipe = new Pipe<Item>(() => got.push('(relieved)'))
  pipe.read({ item: ({ name }) => got.push(name), ended: (how) => got.push(`(${how})`) })
  const push = (...items: [string, number][]): void =>
    pipe.push(
      items.map(([name, size]) => ({ name, size })),
      ({ size }) => size,
    )
  return { pipe, got, push }
}

it('delivers later, in order, each packet at once', async () => {
  const { pipe, got, push } = open()
  push(['one', 1])
  push(['two', 1], ['three', 1])
  pipe.end('fin')
  expect(got).toEqual([])
  await Promise.resolve()
  expect(got).toEqual(['one'])
  await Promise.resolve()
  expect(got).toEqual(['one', 'two', 'three'])
  await Promise.resolve()
  expect(got).toEqual(['one', 'two', 'three', '(fin)'])
})

it('holds what comes while nobody reads, even within a packet', async () => {
  const got: string[] = []
  const pipe = new Pipe<Item>(() => {})
  pipe.push(
    [
      { name: 'one', size: 1 },
      { name: 'two', size: 1 },
    ],
    () => 1,
  )
  await new Promise(setImmediate)
  pipe.read({
    item: ({ name }) => {
      got.push(name)
      pipe.pause()
    },
    ended: () => {},
  })
  await new Promise(setImmediate)
  expect(got).toEqual(['one'])
  pipe.resume()
  await new Promise(setImmediate)
  expect(got).toEqual(['one', 'two'])
})

it('buffers at the sender what is beyond 64 KiB, and says when nothing is any more', async () => {
  const { pipe, got, push } = open()
  pipe.pause()
  push(['a', 65_536])
  expect(pipe.buffered).toBe(0)
  push(['b', 10])
  push(['c', 20])
  expect(pipe.buffered).toBe(30)
  await new Promise(setImmediate)
  expect(got).toEqual([])
  pipe.resume()
  await new Promise(setImmediate)
  expect(got).toEqual(['a', '(relieved)', 'b', 'c'])
  expect(pipe.buffered).toBe(0)
})

it('loses with a reset what was buffered at the sender, and no more', async () => {
  const { pipe, got, push } = open()
  pipe.pause()
  push(['a', 65_536])
  push(['b', 10])
  pipe.end('reset')
  push(['after', 1])
  pipe.end('fin')
  pipe.resume()
  await new Promise(setImmediate)
  expect(got).toEqual(['a', '(reset)'])
})

it('delivers nothing once nobody reads any more', async () => {
  const { pipe, got, push } = open()
  push(['one', 1])
  pipe.stop()
  push(['two', 1])
  pipe.end('fin')
  await new Promise(setImmediate)
  expect(got).toEqual([])
  expect(pipe.buffered).toBe(0)
})
