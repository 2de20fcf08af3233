import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { FormatError, TreeError, tensor, zeros } from 'lanac'
import { encodeParams, loadParams, loadParamsE, saveParams, saveParamsE } from 'lanac/io'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trees } from './trees.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanac-'))
})
afterAll(() => rm(folder, { recursive: true }))

const params = [
  {
    w: tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'f32' },
    ),
    b: zeros([2]),
  },
  3,
] as const

describe('saveParams and loadParams', () => {
  test('a tree comes back as it was, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const path = join(folder, 'tree.safetensors')
        await saveParams(path, tree)
        expect(isDeepStrictEqual(await loadParams(path), tree)).toBe(true)
        expect(isDeepStrictEqual(await loadParams(path, tree), tree)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('the file holds the encoded bytes and takes the place of an older one; nothing else is left', async () => {
    const path = join(folder, 'made', 'on', 'the', 'way', 'params.safetensors')
    await saveParams(path, zeros([1000]))
    await saveParams(path, params)
    expect(new Uint8Array(await readFile(path))).toEqual(encodeParams(params))
    expect(await readdir(join(path, '..'))).toEqual(['params.safetensors'])
  })

  test('another tree is refused with file and path', async () => {
    const path = join(folder, 'params.safetensors')
    await saveParams(path, params)
    const like = [{ ...params[0], b: zeros([3]) }, 3] as const
    await expect(loadParams(path, like)).rejects.toThrow(TreeError)
    await expect(loadParams(path, like)).rejects.toThrow(
      `loadParams: ${path}: the file has f64[2], expected f64[3] (at [0].b)`,
    )
  })
})

describe('as values, errors', () => {
  test('of a file that is not there', async () => {
    const result = await loadParamsE(join(folder, 'none'))()
    expect(E.isLeft(result) && result.left).toBeInstanceOf(FormatError)
    expect(E.isLeft(result) && result.left.message).toMatch(/^loadParams: cannot read .*none: ENOENT/)
  })

  test('of a file cut short', async () => {
    const path = join(folder, 'short.safetensors')
    await saveParams(path, params)
    await truncate(path, (await readFile(path)).length - 1)
    const result = await loadParamsE(path, params)()
    expect(E.isLeft(result) && result.left).toBeInstanceOf(FormatError)
    expect(E.isLeft(result) && result.left.message).toContain('short.safetensors')
  })

  test('of a folder that cannot be made, which leaves nothing behind', async () => {
    const path = join(folder, 'file')
    await writeFile(path, '')
    const result = await saveParamsE(join(path, 'params.safetensors'), params)()
    expect(E.isLeft(result) && result.left.message).toMatch(/^saveParams: cannot write/)
  })

  test('of a tree that no file can hold: nothing is written', async () => {
    const result = await saveParamsE(join(folder, 'functions'), { f: () => 0 })()
    expect(E.isLeft(result) && result.left).toBeInstanceOf(TreeError)
    expect(await readdir(folder)).not.toContain('functions')
  })

  test('and of none: the tree', async () => {
    const path = join(folder, 'well.safetensors')
    expect(E.isRight(await saveParamsE(path, params)())).toBe(true)
    const result = await loadParamsE(path, params)()
    expect(E.isRight(result) && isDeepStrictEqual(result.right[0].w, params[0].w)).toBe(true)
  })
})
