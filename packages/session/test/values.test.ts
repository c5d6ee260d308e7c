import { describe, expect, it } from 'vitest'
import { changed } from '../src/change.js'
import { seal, unseal } from '../src/envelope.js'
import { draftOf, snapshot } from '../src/values.js'

describe('snapshot', () => {
  it('holds what JSON makes of values, frozen, and apart from them', () => {
    const cart = [{ name: 'apple' }]
    const { values, text } = snapshot({ cart, at: new Date(0), nothing: undefined }, 1_000)
    cart.push({ name: 'pear' })
    expect(values).toEqual({ cart: [{ name: 'apple' }], at: '1970-01-01T00:00:00.000Z' })
    expect(JSON.parse(text)).toEqual(values)
    expect(Object.isFrozen(values)).toBe(true)
    expect(Object.isFrozen((values['cart'] as object[])[0])).toBe(true)
  })

  it('keeps a key called __proto__ a key', () => {
    const { values, text } = snapshot(JSON.parse('{"__proto__":{"admin":true}}'), 1_000)
    expect(Object.hasOwn(values, '__proto__')).toBe(true)
    expect(values['admin']).toBeUndefined()
    expect(text).toBe('{"__proto__":{"admin":true}}')
  })

  it('counts bytes, not characters', () => {
    const values = { name: 'é'.repeat(10) }
    expect(() => snapshot(values, 31)).not.toThrow()
    expect(() => snapshot(values, 30)).toThrow('30 bytes')
  })

  it.each([[[1, 2]], [null], [undefined], [{ n: 1n }], [cyclic()], [() => {}]])(
    'does not take %o',
    (values) => {
      expect(() => snapshot(values as object, 1_000)).toThrow(
        expect.objectContaining({ code: 'LINKSPAN_SESSION' }),
      )
    },
  )

  it('gives a copy that may be changed', () => {
    const before = snapshot({ cart: ['apple'] }, 1_000)
    const draft = draftOf(before) as { cart: string[] }
    draft.cart.push('pear')
    expect(before.values).toEqual({ cart: ['apple'] })
  })
})

describe('changed', () => {
  const before = snapshot({ visits: 1, name: 'ada' }, 1_000)

  it('replaces one value', () => {
    expect(changed(before, { kind: 'set', key: 'visits', value: 2 }, 1_000).values).toEqual({
      visits: 2,
      name: 'ada',
    })
  })

  it('takes a key called __proto__ for a key', () => {
    const { values } = changed(before, { kind: 'set', key: '__proto__', value: { admin: true } }, 1_000)
    expect(values['admin']).toBeUndefined()
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype)
  })

  it('takes what an update answers', () => {
    const update = (values: Record<string, unknown>) => {
      delete values['name']
      return values
    }
    expect(changed(before, { kind: 'update', update }, 1_000).values).toEqual({ visits: 1 })
    expect(() => changed(before, { kind: 'update', update: () => undefined as never }, 1_000)).toThrow(
      'plain object',
    )
  })
})

describe('an envelope', () => {
  it('comes back as it was sealed', () => {
    const { text } = snapshot({ name: '"]}\u2028' }, 1_000)
    expect(unseal(seal(text, ['a', 'b']))).toEqual({ values: { name: '"]}\u2028' }, marks: ['a', 'b'] })
  })

  it.each(['', '{', 'null', '[]', '7', '{"v":{}}', '{"m":[]}', '{"m":[],"v":null}', '{"m":{},"v":{}}'])(
    'is not taken for one: %s',
    (data) => {
      expect(unseal(data)).toBeUndefined()
    },
  )
})

function cyclic(): object {
  const values: Record<string, unknown> = {}
  values['self'] = values
  return values
}
