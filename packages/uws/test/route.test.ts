import { LinkspanError } from '@linkspan/core'
import { expect, it } from 'vitest'
import { namesOf } from '../src/route.js'

it.each([
  ['/*', []],
  ['/', []],
  ['/chat/:room', ['room']],
  ['/:tenant/chat/:room', ['tenant', 'room']],
  ['/a:b/:c', ['c']],
])('the names of %s are %j', (pattern, names) => {
  expect(namesOf(pattern)).toEqual(names)
})

it.each(['', 'chat/:room', '/:', '/:a/:a'])('%j is no pattern', (pattern) => {
  expect(() => namesOf(pattern)).toThrow(LinkspanError)
  expect(() => namesOf(pattern)).toThrow(`and not '${pattern}'`)
})
