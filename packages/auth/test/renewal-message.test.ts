import { Message } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { tokenIn } from '../src/renewal-message.js'

function message(text: string, binary = false): Message {
  return new Message(new TextEncoder().encode(text), binary)
}

describe('tokenIn', () => {
  it('finds the token, whatever JSON leaves open', () => {
    for (const text of [
      '{"type":"renew","token":"t"}',
      ' {"type" : "renew" , "token" : "t"}',
      '\r\n\t{ "type":"renew","at":1,"token":"\\u0074"}',
    ]) {
      expect(tokenIn(message(text), 100)).toBe('t')
    }
  })

  it('leaves every other message to the application', () => {
    for (const text of [
      '',
      '{',
      'renew',
      '{"type":"renew"',
      '{"type":"renew","token":"t"',
      '{"type":"renewed","token":"t"}',
      '{"type":"Renew","token":"t"}',
      '{"type":"renew","token":null}',
      '{"type":"renew","token":{"a":1}}',
      '{"type":"renew","type":"other","token":"t"}',
      '{"kind":"renew","token":"t","longer":1}',
      '\u00a0{"type":"renew","token":"t"}',
    ]) {
      expect(tokenIn(message(text), 100)).toBeUndefined()
    }
  })

  it('takes text only', () => {
    expect(tokenIn(message('{"type":"renew","token":"t"}', true), 100)).toBeUndefined()
  })

  it('takes no more than so many bytes', () => {
    const text = '{"type":"renew","token":"t"}'
    expect(tokenIn(message(text), text.length)).toBe('t')
    expect(tokenIn(message(text), text.length - 1)).toBeUndefined()
  })

  it('parses nothing that begins otherwise', () => {
    let parsed = 0
    class Watched extends Message {
      override json<T>(): T {
        parsed += 1
        return super.json<T>()
      }
      override text(): string {
        parsed += 1
        return super.text()
      }
    }
    const bytes = new TextEncoder().encode('{"type":"chat","text":"a long story, or at least longer"}')
    expect(tokenIn(new Watched(bytes, false), 1_000)).toBeUndefined()
    expect(parsed).toBe(0)
  })
})
