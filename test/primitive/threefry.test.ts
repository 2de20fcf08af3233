import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { threefry2x32, threefryInto, threefryPair } from '../../src/primitive/threefry.js'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const words = fc.uint32Array({ maxLength: 33 })

describe('published vectors', () => {
  // Random123's kat_vectors, threefry2x32 with 20 rounds: counter, key, result
  test.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
  ])('Random123: counter %i %i, key %i %i', (c0, c1, k0, k1, r0, r1) => {
    expect(threefryPair(k0, k1, c0, c1)).toEqual([r0, r1])
    expect(threefry2x32(k0, k1, Uint32Array.of(c0, c1))).toEqual(Uint32Array.of(r0, r1))
  })

  // computed with JAX 0.10
  test.each([
    {
      key: [3567288697, 318243835],
      counter: [2124596879, 1986973506, 421252015, 3848737976, 349416433, 904011044],
      bits: [1401680929, 2548467388, 2664411096, 700735293, 1760702237, 2158823671],
    },
    {
      key: [1294561407, 1575470383],
      counter: [485060490, 2740443032, 1302874859, 2696197617, 1752142645, 4217571635],
      bits: [3080736355, 3056730260, 1425715540, 2930707745, 1629020701, 3244954346],
    },
    {
      key: [460595489, 1901442723],
      counter: [3293054478, 691663352, 4244629818, 2788716505, 2363311232, 1508098691],
      bits: [374111790, 90120691, 1781213838, 4287942549, 3956060391, 450969575],
    },
    {
      key: [3409542839, 3514514968],
      counter: [2272788926, 470355708, 605925176, 4247922621, 2852011516, 1100416535],
      bits: [866150656, 2760791395, 3082492251, 1363299874, 2656938482, 1852131687],
    },
  ])('JAX: key $key', ({ key, counter, bits }) => {
    expect(threefry2x32(key[0] as number, key[1] as number, Uint32Array.from(counter))).toEqual(Uint32Array.from(bits))
  })

  test('JAX: split(PRNGKey(0)), and an odd count, bits(PRNGKey(1701), 3)', () => {
    expect([...threefry2x32(0, 0, Uint32Array.of(0, 1, 2, 3))]).toEqual([4146024105, 967050713, 2718843009, 1272950319])
    expect([...threefry2x32(0, 1701, Uint32Array.of(0, 1, 2))]).toEqual([56197195, 4200222568, 961309823])
  })
})

describe('layout', () => {
  test('no counters, no words', () => {
    expect(threefry2x32(1, 2, new Uint32Array(0))).toEqual(new Uint32Array(0))
  })

  test('halves of the counters are the words of the blocks; an odd count ends in a 0 that is dropped', () => {
    fc.assert(
      fc.property(word, word, words, (k0, k1, counters) => {
        const before = counters.slice()
        const bits = threefry2x32(k0, k1, counters)
        const half = Math.ceil(counters.length / 2)
        const pairs = Array.from({ length: half }, (_, i) =>
          threefryPair(k0, k1, counters[i] as number, counters[half + i] ?? 0),
        )
        const expected = [...pairs.map(([a]) => a), ...pairs.map(([, b]) => b)].slice(0, counters.length)
        expect([...bits]).toEqual(expected)
        expect(counters).toEqual(before)
      }),
    )
  })

  test('words are taken modulo 2³²', () => {
    fc.assert(
      fc.property(word, word, word, word, (k0, k1, c0, c1) => {
        expect(threefryPair(k0 | 0, k1 | 0, c0 | 0, c1 | 0)).toEqual(threefryPair(k0, k1, c0, c1))
      }),
    )
  })

  test('threefryInto writes its two slots and no other', () => {
    const out = Uint32Array.of(7, 7, 7, 7)
    threefryInto(0, 0, 0, 0, out, 3, 1)
    expect([...out]).toEqual([7, 0x99ba4efe, 7, 0x6b200159])
  })
})

describe('cipher', () => {
  /** The rounds undone one by one, from the paper's description. */
  const decipher = (k0: number, k1: number, r0: number, r1: number): readonly [number, number] => {
    const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda]
    const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    let [x, y] = [r0, r1]
    for (let round = 19; round >= 0; round--) {
      if (round % 4 === 3) {
        const injection = (round + 1) / 4
        x = (x - (keys[injection % 3] as number)) | 0
        y = (y - (keys[(injection + 1) % 3] as number) - injection) | 0
      }
      const r = rotations[round % 8] as number
      y ^= x
      y = (y >>> r) | (y << (32 - r))
      x = (x - y) | 0
    }
    return [(x - k0) >>> 0, (y - k1) >>> 0]
  }

  test('a bijection of counters: the rounds can be undone', () => {
    fc.assert(
      fc.property(word, word, word, word, (k0, k1, c0, c1) => {
        const [r0, r1] = threefryPair(k0, k1, c0, c1)
        expect(decipher(k0, k1, r0, r1)).toEqual([c0, c1])
      }),
    )
  })
})
