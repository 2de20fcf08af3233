import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import {
  add,
  FormatError,
  fromTypedArray,
  full,
  item,
  LanacError,
  ones,
  stopGradient,
  type Tensor,
  TreeError,
  tensor,
  toArray,
  toTypedArray,
  zeros,
} from 'lanac'
import { decodeParams, decodeParamsE, encodeParams } from 'lanac/data'
import { describe, expect, test } from 'vitest'
import { trees } from '../io/trees.js'

// ---------------------------------------------------------------------------------------------- the format, read plainly

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

const headerOf = (bytes: Uint8Array): { readonly header: Record<string, Entry>; readonly data: Uint8Array } => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  return { header, data: bytes.subarray(8 + length) }
}

const WIDTH: Readonly<Record<string, number>> = { F64: 8, F32: 4, I32: 4, BOOL: 1 }

/** A file of this header and these bytes, whatever they are. */
const file = (header: unknown, data: Uint8Array | readonly number[] = [], length?: bigint): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const out = new Uint8Array(8 + text.length + data.length)
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  out.set(text, 8)
  out.set(data, 8 + text.length)
  return out
}

const f32 = (begin: number, end: number, shape: readonly number[] = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

// -------------------------------------------------------------------------------------------------------------- checks

describe('a tree, encoded and decoded', () => {
  test('is the same: structure, element types, shapes, every bit', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(isDeepStrictEqual(decodeParams(encodeParams(tree), tree), tree)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('is laid out as the format says: contiguous, aligned, padded to 8 bytes', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const bytes = encodeParams(tree)
        const { header, data } = headerOf(bytes)
        expect(data.byteOffset % 8).toBe(0)
        let at = 0
        for (const [name, e] of Object.entries(header)) {
          if (name === '__metadata__') continue
          const width = WIDTH[e.dtype] as number
          expect(e.data_offsets[0] % width).toBe(0)
          expect(e.data_offsets[1] - e.data_offsets[0]).toBe(e.shape.reduce((p, q) => p * q, width))
        }
        for (const [begin, end] of Object.entries(header)
          .filter(([name]) => name !== '__metadata__')
          .map(([, e]) => e.data_offsets)
          .toSorted((p, q) => p[0] - q[0] || p[1] - q[1])) {
          expect(begin).toBe(at)
          at = end
        }
        expect(at).toBe(data.length)
        for (const text of Object.values(header.__metadata__ ?? {})) expect(typeof text).toBe('string')
      }),
    )
  })

  test('names tensors by their paths, little-endian elements', () => {
    const { header, data } = headerOf(
      encodeParams([{ w: tensor([[1, -2]], { dtype: 'f32' }), b: tensor([3]) }, [true, tensor([true])]]),
    )
    expect(Object.keys(header).toSorted()).toEqual(['0.b', '0.w', '1.1', '__metadata__'])
    expect(header['0.w']).toEqual({ dtype: 'F32', shape: [1, 2], data_offsets: [8, 16] })
    expect([...data]).toEqual([0, 0, 0, 0, 0, 0, 8, 64, 0, 0, 128, 63, 0, 0, 0, 192, 1])
  })

  test('keeps numbers numbers, weak scalars weak, and what is no leaf', () => {
    const tree = {
      n: 0.1,
      zero: -0,
      nan: Number.NaN,
      weak: add(stopGradient(1), 2),
      s: 'adam',
      t: true,
      none: O.none,
      some: O.some(tensor([1, 1])),
      nothing: null,
      absent: undefined,
      empty: [{}, []],
    }
    const back = decodeParams(encodeParams(tree), tree)
    expect(isDeepStrictEqual(back, tree)).toBe(true)
    expect((add(back.weak as unknown as number, ones([2], { dtype: 'f32' })) as Tensor).dtype).toBe('f32')
    expect(Object.is(back.zero, -0)).toBe(true)
  })

  test('keeps paths apart that read alike, and keys of every kind', () => {
    const tree = Object.fromEntries<unknown>([
      ['a.b', tensor([1])],
      ['a', { b: tensor([2]), 'b#2': tensor([3]) }],
      ['', tensor([4])],
      ['__metadata__', tensor([5])],
      ['\ud800 "\\\n', tensor([6])],
      ['__proto__', tensor([7])],
      ['constructor', { toString: tensor([8]) }],
    ])
    const back = decodeParams(encodeParams(tree)) as typeof tree
    expect(isDeepStrictEqual(back, tree)).toBe(true)
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(Object.hasOwn(back, '__proto__')).toBe(true)
  })

  test('a uniform array is written out', () => {
    const back = decodeParams(encodeParams(full([2, 2], 7, { dtype: 'i32' }))) as Tensor
    expect(toArray(back)).toEqual([
      [7, 7],
      [7, 7],
    ])
  })

  test.each([
    ['a function', { a: [() => 1] }, 'a function cannot be saved (at a[0])'],
    ['a symbol', [Symbol('x')], 'a symbol cannot be saved (at [0])'],
    ['an object with a class', { when: new Date(0) }, 'an object with a class cannot be saved (at when)'],
  ])('%s is refused, with its path', (_, tree, sentence) => {
    expect(() => encodeParams(tree)).toThrow(TreeError)
    expect(() => encodeParams(tree)).toThrow(sentence)
  })

  test('a tree too deep to be read again is refused when it is written', () => {
    let tree: unknown = tensor([1])
    for (let i = 0; i < 600; i++) tree = [tree]
    expect(() => encodeParams(tree)).toThrow('nested deeper')
  })
})

describe('files of other tools', () => {
  // the first file of the format's own library's tests (safetensors/src/tensor.rs, test_serialization)
  test('a published file', () => {
    const bytes = Uint8Array.of(
      ...[64, 0, 0, 0, 0, 0, 0, 0],
      ...new TextEncoder().encode('{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}'),
      ...[0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64],
    )
    const params = decodeParams(bytes) as { readonly 'attn.0': Tensor }
    expect(Object.keys(params)).toEqual(['attn.0'])
    expect(params['attn.0'].dtype).toBe('f32')
    expect(toArray(params['attn.0'])).toEqual([
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ])
  })

  test('give the record of their tensors, whatever order the elements have, with or without metadata', () => {
    const bytes = file(
      { __metadata__: { format: 'pt' }, b: f32(4, 8), a: f32(0, 4), none: f32(4, 4, [3, 0]) },
      [0, 0, 128, 63, 0, 0, 0, 64],
    )
    const params = decodeParams(bytes) as Record<string, Tensor>
    expect(Object.keys(params)).toEqual(['b', 'a', 'none'])
    expect(toArray(params.b as Tensor)).toEqual([2])
    expect(toArray(params.a as Tensor)).toEqual([1])
    expect((params.none as Tensor).shape).toEqual([3, 0])
  })

  test('a tensor named __proto__ is a tensor like any other', () => {
    const params = decodeParams(
      file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', [0, 0, 128, 63]),
    ) as object
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype)
    expect(Object.keys(params)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).dtype).toBeUndefined()
  })
})

describe('files that lie', () => {
  const structure = (text: string) => ({ __metadata__: { 'lanac.structure': text } })
  test.each<readonly [string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), '0 bytes are too few'],
    ['a length alone', file('', [], 3n), 'does not fit in a file of 8'],
    ['a huge length', file('{}', [], 2n ** 64n - 1n), 'is more than 100000000'],
    ['a length past the end', file('{}', [], 3n), 'does not fit'],
    ['no JSON', file('{"a":'), 'not JSON'],
    ['no UTF-8', file('', [0x22, 0xff, 0x22], 3n), 'not JSON'],
    ['an array', file([]), 'not a JSON object'],
    ['an entry that is null', file({ a: null }), 'not an object (at a)'],
    [
      'an unknown element type',
      file({ a: { ...f32(0, 2, [1]), dtype: 'BF16' } }, [0, 0]),
      '"BF16" cannot be held, only F64, F32, I32, BOOL (at a)',
    ],
    ['a type from the prototype', file({ a: { ...f32(0, 4), dtype: 'constructor' } }, [0, 0, 0, 0]), 'cannot be held'],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, [0, 0, 0, 0]), 'is not a shape (at a)'],
    ['a negative size', file({ a: f32(0, 4, [-1, -1]) }, [0, 0, 0, 0]), 'is not a shape'],
    ['a broken size', file({ a: f32(0, 4, [0.5, 2]) }, [0, 0, 0, 0]), 'is not a shape'],
    ['a size beyond integers', file({ a: f32(0, 4, [2 ** 60]) }, [0, 0, 0, 0]), 'is not a shape'],
    ['a product beyond memory', file({ a: f32(0, 4, [2 ** 30, 2 ** 30]) }, [0, 0, 0, 0]), '4294967296 fit in an array'],
    [
      'a shape larger than its range',
      file({ a: f32(0, 4, [2]) }, [0, 0, 0, 0]),
      '[2] of f32 takes 8 bytes, not 0 to 4 (at a)',
    ],
    ['a range that runs backwards', file({ a: f32(4, 0, [1]) }, [0, 0, 0, 0]), 'takes 4 bytes'],
    ['one offset', file({ a: { ...f32(0, 4), data_offsets: [0] } }, [0, 0, 0, 0]), 'two offsets'],
    [
      'ranges that overlap',
      file({ a: f32(0, 8), b: f32(4, 12) }, new Uint8Array(12)),
      'begin at 4, those before end at 8 (at b)',
    ],
    [
      'the same range twice',
      file({ a: f32(0, 4), b: f32(0, 4) }, new Uint8Array(4)),
      'begin at 0, those before end at 4',
    ],
    ['a hole', file({ a: f32(0, 4), b: f32(8, 12) }, new Uint8Array(12)), 'begin at 8, those before end at 4'],
    ['elements past the end', file({ a: f32(0, 8) }, new Uint8Array(4)), 'take 8 bytes, the file has 4'],
    ['bytes that nothing names', file({ a: f32(0, 4) }, new Uint8Array(8)), 'take 4 bytes, the file has 8'],
    ['a truth value of 2', file({ a: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] } }, [1, 2]), 'neither 0 nor 1'],
    ['metadata that is no object', file({ __metadata__: [] }), 'metadata is not an object'],
    ['a structure that is no text', file({ __metadata__: { 'lanac.structure': 1 } }), 'not text'],
    ['a structure that is no JSON', file(structure('{')), 'not JSON'],
    ['a structure of another kind', file(structure('{"map":[]}')), 'cannot be read'],
    ['a structure of two kinds', file(structure('{"array":[],"record":[]}')), 'cannot be read'],
    [
      'a structure with a key twice',
      file(structure('{"record":[["a",{"static":1}],["a",{"static":true}]]}')),
      'cannot be read',
    ],
    [
      'a structure without end',
      file(structure(`${'{"array":['.repeat(1e5)}${']}'.repeat(1e5)}`)),
      'nested deeper than 500',
    ],
    [
      'a tree that names a tensor that is not there',
      file(structure('{"tensor":"a"}')),
      'not there, or names it twice (at a)',
    ],
    [
      'a tree that names a tensor twice',
      file({ ...structure('{"array":[{"tensor":"a"},{"tensor":"a"}]}'), a: f32(0, 4) }, new Uint8Array(4)),
      'twice (at a)',
    ],
    [
      'a tree that does not name a tensor',
      file({ ...structure('{"array":[]}'), a: f32(0, 4) }, new Uint8Array(4)),
      'does not name this tensor (at a)',
    ],
    [
      'a number that is a matrix',
      file({ ...structure('{"number":"a"}'), a: f32(0, 4) }, new Uint8Array(4)),
      'f32 of shape [1] stands for a number (at a)',
    ],
  ])('%s', (_, bytes, sentence) => {
    const result = decodeParamsE(bytes)
    expect(E.isLeft(result) && result.left).toBeInstanceOf(LanacError)
    expect(E.isLeft(result) && result.left.message).toContain(sentence)
  })

  test('whatever its header says, a file is read as it says or refused with a typed error', () => {
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F64', 'F32', 'I32', 'BOOL', '__proto__'), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }), fc.jsonValue()),
        data_offsets: fc.oneof(
          fc.tuple(fc.integer({ min: -1, max: 24 }), fc.integer({ min: -1, max: 24 })),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    const structures = fc.oneof(
      fc.json(),
      fc.constantFrom('{"tensor":"a"}', '{"array":[{"tensor":"a"},{"number":"b"}]}'),
    )
    const header = fc.oneof(
      fc.json(),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), entry, { noNullPrototype: true }),
      fc.record({ __metadata__: fc.record({ 'lanac.structure': structures }), a: entry }),
    )
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 24 }), (json, data) => {
        const result = decodeParamsE(file(json, data))
        if (E.isLeft(result)) expect(result.left).toBeInstanceOf(LanacError)
        else expect(isDeepStrictEqual(decodeParams(encodeParams(result.right)), result.right)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('cut short anywhere, a file is refused', () => {
    fc.assert(
      fc.property(trees, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tree, part) => {
        const bytes = encodeParams(tree)
        const result = decodeParamsE(bytes.subarray(0, Math.floor(part * bytes.length)))
        expect(E.isLeft(result) && result.left).toBeInstanceOf(FormatError)
      }),
    )
  })

  test('with bytes changed anywhere, a file is refused or is another file, never an untyped error', () => {
    fc.assert(
      fc.property(
        trees,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (tree, changes) => {
          const bytes = encodeParams(tree)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const result = decodeParamsE(bytes)
          if (E.isLeft(result)) expect(result.left).toBeInstanceOf(LanacError)
          else expect(isDeepStrictEqual(decodeParams(encodeParams(result.right)), result.right)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('like', () => {
  const params = [{ w: zeros([2, 3], { dtype: 'f32' }), b: zeros([3]) }, 'relu', null] as const
  const bytes = encodeParams(params)
  test.each<readonly [string, unknown, string]>([
    [
      'another shape',
      [{ ...params[0], w: zeros([3, 2], { dtype: 'f32' }) }, 'relu', null],
      'f32[2, 3], expected f32[3, 2] (at [0].w)',
    ],
    [
      'another element type',
      [{ ...params[0], b: zeros([3], { dtype: 'f32' }) }, 'relu', null],
      'f64[3], expected f32[3] (at [0].b)',
    ],
    ['another key', [{ w: params[0].w, c: params[0].b }, 'relu', null], 'keys w, b, expected keys w, c (at [0])'],
    ['another length', [params[0], 'relu'], '3 entries, expected 2 entries'],
    ['another static part', [params[0], 'tanh', null], 'relu, expected tanh (at [1])'],
    ['a number for a tensor', [{ ...params[0], b: 1 }, 'relu', null], 'a tensor, expected a number (at [0].b)'],
    ['a tensor for null', [params[0], 'relu', zeros([])], 'null, expected a tensor (at [2])'],
  ])('%s is refused, with the path', (_, like, sentence) => {
    expect(() => decodeParams(bytes, like)).toThrow(TreeError)
    expect(() => decodeParams(bytes, like)).toThrow(sentence)
  })

  test('gives its type', () => {
    const [layer] = decodeParams(bytes, params)
    expect(layer.w.shape).toEqual([2, 3])
    expect(item(fromTypedArray(toTypedArray(layer.b).subarray(0, 1), [1]))).toBe(0)
  })
})
