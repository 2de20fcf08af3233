import { item, jit, mul, type Scalar, type Tensor, tensor, toArray, ValueError } from 'lanac'
import { tolerance } from 'lanac/laws'
import {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inverseSqrt,
  join,
  linear,
  piecewise,
  polynomial,
  type Schedule,
  scaleBySchedule,
  warmup,
} from 'lanac/optim'
import { describe, expect, test } from 'vitest'

// computed with optax 0.2.8 in f64
const steps = [0, 1, 2, 3, 4, 5, 7, 8, 10, 11]
const cases: readonly (readonly [string, Schedule, readonly number[]])[] = [
  [
    'linear_schedule(0.5, 0.1, 10)',
    linear({ from: 0.5, to: 0.1, steps: 10 }),
    [0.5, 0.46, 0.42, 0.38, 0.34, 0.3, 0.22, 0.18, 0.1, 0.1],
  ],
  [
    'polynomial_schedule(0.5, 0.1, 2.5, 10)',
    polynomial({ from: 0.5, to: 0.1, steps: 10, power: 2.5 }),
    // biome-ignore format: as printed
    [0.5, 0.40737338856836647, 0.3289733608959785, 0.26398536520067883, 0.2115419203707736, 0.17071067811865476, 0.119718012070186, 0.10715541752799933, 0.1, 0.1],
  ],
  [
    'cosine_decay_schedule(0.5, 10, 0.2)',
    cosine({ from: 0.5, to: 0.1, steps: 10 }),
    // biome-ignore format: as printed
    [0.5, 0.49021130325903073, 0.46180339887498956, 0.41755705045849467, 0.36180339887498947, 0.30000000000000004, 0.18244294954150542, 0.13819660112501053, 0.1, 0.1],
  ],
  [
    'exponential_decay(0.5, 4, 0.3)',
    exponential({ from: 0.5, factor: 0.3, steps: 4 }),
    // biome-ignore format: as printed
    [0.5, 0.3700414022461426, 0.27386127875258304, 0.20268002322105516, 0.15, 0.11101242067384279, 0.06080400696631654, 0.045, 0.024647515087732472, 0.01824120208989496],
  ],
  [
    'exponential_decay(0.5, 4, 0.3, staircase=True)',
    exponential({ from: 0.5, factor: 0.3, steps: 4, staircase: true }),
    [0.5, 0.5, 0.5, 0.5, 0.15, 0.15, 0.15, 0.045, 0.045, 0.045],
  ],
  [
    'piecewise_constant_schedule(0.5, {3: 0.2, 7: 0.5})',
    piecewise({ boundaries: [3, 7], values: [0.5, 0.1, 0.05] }),
    [0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05],
  ],
  [
    'warmup_cosine_decay_schedule(0, 0.3, 3, 8, 0.01)',
    warmup({ steps: 3, after: cosine({ from: 0.3, to: 0.01, steps: 5 }) }),
    // biome-ignore format: as printed
    [0, 0.1, 0.2, 0.3, 0.27230746418436735, 0.19980746418436737, 0.03769253581563264, 0.01, 0.01, 0.01],
  ],
  [
    'sgdr_schedule, periods 4 and 8',
    cosineRestarts({ from: 0.5, steps: 4, stretch: 2 }),
    // biome-ignore format: as printed
    [0.5, 0.42677669529663687, 0.25, 0.07322330470336313, 0.5, 0.4809698831278217, 0.34567085809127246, 0.25, 0.07322330470336313, 0.019030116872178315],
  ],
]

describe.each(cases)('optax: %s', (_, schedule, expected) => {
  const compiled = jit((t: Tensor<[], 'f64'>) => schedule(t))
  test.each([
    ['a number', (t: number) => item(schedule(t))],
    ['a tensor in a compiled function', (t: number) => item(compiled(tensor(t)))],
  ])('of %s', (_kind, at) => {
    steps.forEach((t, i) => {
      expect(Math.abs(at(t) - (expected[i] as number))).toBeLessThanOrEqual(0.5 * tolerance('f64', 'reference'))
    })
  })
})

describe('schedules', () => {
  const at = (s: Schedule, t: number): number => item(s(t))

  test('constant, inverse square root', () => {
    expect([0, 5].map((t) => at(constant(0.3), t))).toEqual([0.3, 0.3])
    expect([0, 4, 16, 64].map((t) => at(inverseSqrt({ from: 0.8, steps: 4 }), t))).toEqual([0.8, 0.8, 0.4, 0.2])
  })

  test('restarts begin exactly where periods end, also for many periods', () => {
    for (let n = 1; n < 10; n++)
      for (const stretch of [1, 2, 3, 10])
        for (let i = 0; i < 10; i++) {
          const begin = stretch === 1 ? n * i : (n * (stretch ** i - 1)) / (stretch - 1)
          const s = cosineRestarts({ from: 1, steps: n, stretch })
          expect([n, stretch, i, at(s, begin)]).toEqual([n, stretch, i, 1])
          if (n > 1 && i > 0) expect(at(s, begin - 1)).toBeLessThan(1)
        }
  })

  test('join gives each schedule its own count', () => {
    const s = join([linear({ from: 0, to: 4, steps: 4 }), linear({ from: 10, to: 0, steps: 5 }), constant(7)], [3, 5])
    expect([0, 1, 2, 3, 4, 5, 6].map((t) => at(s, t))).toEqual([0, 1, 2, 10, 8, 7, 7])
  })

  test('a schedule may be any function of the count', () => {
    const optimizer = scaleBySchedule((t: Scalar) => mul(t, 2))
    const params = tensor([1, 2])
    let state = optimizer.init(params)
    const seen: unknown[] = []
    for (let i = 0; i < 3; i++) {
      const [u, next] = optimizer.update(params, state)
      seen.push(toArray(u))
      state = next
    }
    expect(seen).toEqual([
      [0, 0],
      [2, 4],
      [4, 8],
    ])
  })

  test('refusals', () => {
    expect(() => linear({ from: 1, to: 0, steps: 0 })).toThrow(ValueError)
    expect(() => exponential({ from: 1, factor: -1, steps: 1 })).toThrow(ValueError)
    expect(() => piecewise({ boundaries: [3], values: [1] })).toThrow(ValueError)
    expect(() => piecewise({ boundaries: [3, 3], values: [1, 2, 3] })).toThrow(ValueError)
    expect(() => cosineRestarts({ from: 1, steps: 2, stretch: 0.5 })).toThrow(ValueError)
    expect(() => polynomial({ from: 1, to: 0, steps: 3, power: 0 })).toThrow(ValueError)
  })
})
