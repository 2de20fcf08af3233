import { sigmoid, sum, type Tensor, tensor, zeros } from 'lanac'
import {
  bars,
  decisionBoundary,
  field,
  heatMap,
  histogram,
  imageGrid,
  line,
  network,
  overlay,
  PeerError,
  plane,
  png,
  reference,
  scatter,
  sheet,
} from 'lanac/plot'
import { describe, expect, test } from 'vitest'
import { peer } from '../../src/plot/peer.js'

const axes = { x: 'time (s)', y: 'height (m)', title: 'A <title> & more' }
const square = { x: { label: 'u', domain: [0, 1] }, y: { label: 'v', domain: [0, 1] } } as const

/** Texts of a picture, as a reader sees them. */
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]*)</g)].map(([, t]) =>
    (t as string).replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&'),
  )

type Layered = { readonly layer: readonly { readonly data: { readonly values: readonly never[] } }[] }
const rows = async (c: ReturnType<typeof line>, i: number): Promise<readonly unknown[]> =>
  ((await c.spec()) as unknown as Layered).layer[i]?.data.values ?? []

describe('charts', () => {
  test('have their labels and legends written on them', async () => {
    const c = line(
      [
        { name: 'one', y: [1, 2, 4] },
        { name: 'two', y: tensor([3, 2, 1]) },
      ],
      axes,
    )
    const shown = texts(await overlay(c, reference({ y: 2 }, 'two metres', axes)).svg())
    for (const t of ['time (s)', 'height (m)', 'A <title> & more', 'one', 'two', 'two metres'])
      expect(shown).toContain(t)
    const [dots] = [texts(await scatter([{ name: 'a', x: [1], y: [2], labels: ['here'] }], axes).svg())]
    expect(dots).toContain('here')
  })

  test('leave gaps where numbers are missing, and draw what is left', async () => {
    const svg = await line([{ name: 'a', y: [1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3, 4] }], axes).svg()
    expect(svg).not.toContain('NaN')
    expect(svg).not.toContain('Infinity')
  })

  test('a histogram counts every number once, the greatest too', async () => {
    const values = [0, 0.1, 0.5, 0.9, 1]
    const counted = (await rows(histogram([{ name: 'a', values }], { ...axes, bins: 2 }), 0)) as readonly {
      n: number
    }[]
    expect(counted.map((r) => r.n)).toEqual([2, 3])
    const shares = (await rows(histogram([{ name: 'a', values }], { ...axes, bins: 5, shares: true }), 0)) as readonly {
      n: number
    }[]
    expect(shares.reduce((s, r) => s + r.n, 0)).toBeCloseTo(1, 14)
    expect(() => histogram([], { ...axes, bins: 0 })).toThrow(/number of bins/)
  })

  test('bars stand on zero, with their intervals', async () => {
    const svg = await bars(
      [
        { label: 'a', value: 5, low: 4, high: 7 },
        { label: 'b', value: 6 },
      ],
      axes,
    ).svg()
    expect(texts(svg)).toEqual(expect.arrayContaining(['a', 'b', '0']))
  })

  test('a heat map writes its numbers where its rows and columns have names', async () => {
    const shown = texts(
      await heatMap(
        [
          [10, 2],
          [3, 40],
        ],
        {
          x: { label: 'read', names: ['p', 'q'] },
          y: { label: 'is', names: ['p', 'q'] },
          label: 'count',
        },
      ).svg(),
    )
    for (const t of ['10', '2', '3', '40', 'read', 'is', 'count']) expect(shown).toContain(t)
    expect(() => heatMap([[1, 2], [3]], { ...axes, x: { label: 'x' }, y: { label: 'y' }, label: 'z' })).toThrow(
      /row 1 has 1/,
    )
    const surface = await heatMap(zeros([20, 30]), { x: { label: 'x' }, y: { label: 'y' }, label: 'z' }).svg()
    expect(surface).toContain('data:image/png;base64,')
  })

  test('fields take colours', async () => {
    expect(await field(zeros([4, 5, 3]), square).svg()).toContain('data:image/png;base64,')
    expect(() => field(zeros([4, 5]) as Tensor, square)).toThrow(/\[rows, columns, 3\]/)
  })

  test('a decision rings the examples it errs on', async () => {
    const points = [
      [0.1, 0.1],
      [0.9, 0.8],
      [0.2, 0.2],
    ]
    const probabilities = (p: Tensor<[number, 2], 'f64'>): Tensor => sigmoid(sum(p, { axis: 1 }))
    // σ of a positive sum is above a half: everything is class 1
    const c = decisionBoundary({ probabilities, points, labels: [0, 1, 1] }, { ...square, resolution: 8 })
    const layers = ((await c.spec()) as unknown as Layered).layer
    expect(layers.at(-1)?.data.values).toEqual([{ x: 0.1, y: 0.1 }])
    expect(() => decisionBoundary({ probabilities: () => zeros([3]) }, { ...square, resolution: 8 })).toThrow(
      /64 points/,
    )
    expect(plane([0, 1], [0, 1], 3).shape).toEqual([9, 2])
  })
})

test('images stand side by side with their captions', async () => {
  const svg = await imageGrid(zeros([3, 4, 5]), { captions: ['a', ['b', 'c'], 'd'], title: 'Images' }).svg()
  expect(texts(svg)).toEqual(expect.arrayContaining(['Images', 'a', 'b', 'c', 'd']))
  expect(svg.match(/<image /g)).toHaveLength(3)
  expect(() => imageGrid(zeros([3, 4]) as Tensor)).toThrow(/\[n, height, width\]/)
})

test('a network has a circle for each unit', async () => {
  expect((await network([2, 5, 10, 5, 2]).svg()).match(/<circle/g)).toHaveLength(24)
})

test('a sheet keeps the pictures apart: no name of one means a part of another', async () => {
  const c = line([{ name: 'a', y: [1, 2] }], { ...axes, clip: true })
  const svg = await sheet([c, c], { columns: 1, title: 'Sheet' }).svg()
  const ids = [...svg.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, id] of svg.matchAll(/url\(#([^)]*)\)/g)) expect(ids).toContain(id)
})

test('a picture becomes a PNG image, twice its size unless said otherwise', async () => {
  const image = await png(network([1, 1]))
  const view = new DataView(image.buffer, image.byteOffset)
  expect(view.getUint32(16)).toBe(2 * 250)
})

test('a missing library is an error that says what to install; other failures are their own', async () => {
  const missing = Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(peer('svg', 'vega vega-lite', () => Promise.reject(missing))).rejects.toThrow(PeerError)
  await expect(peer('svg', 'vega vega-lite', () => Promise.reject(missing))).rejects.toThrow(
    /vega and vega-lite.*npm install vega vega-lite/,
  )
  await expect(peer('svg', 'vega', () => Promise.reject(new TypeError('broken')))).rejects.toThrow(TypeError)
})
