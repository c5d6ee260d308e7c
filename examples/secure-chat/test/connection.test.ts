import { expect, test } from 'vitest'

const { verdict } = (await import(new URL('../public/connection.js', import.meta.url).href)) as {
  verdict(code: number): string
}

test.each([
  ['stop', [1000, 1008, 4000, 4001, 4003, 4010]],
  ['later', [1001, 1006, 1011, 1013, 4100, 4101]],
  ['now', [1012, 4200, 4201]],
] as const)('%s: what the bands of close codes ask for', (asked, codes) => {
  expect(codes.map((code) => [code, verdict(code)])).toEqual(codes.map((code) => [code, asked]))
})
