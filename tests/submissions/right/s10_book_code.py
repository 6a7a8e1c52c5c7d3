"""Along the book: plain loops into a canvas, with the dtype mended, and the matrix by sliding one padded row."""
import torch


def corr2d(X, K):
    rows, columns = K.shape
    lines = []
    for y in range(len(X) - rows + 1):
        strip = X[y:y + rows]
        products = [K * strip[:, x:x + columns] for x in range(X.shape[1] - columns + 1)]
        lines.append(torch.stack([p.sum(dtype=X.dtype) for p in products]))
    return torch.stack(lines)


def trans_conv(X, K):
    canvas = torch.zeros([x + k - 1 for x, k in zip(X.shape, K.shape)], dtype=X.dtype)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            canvas[y:, x:][:K.shape[0], :K.shape[1]] += value * K
    return canvas


def kernel2matrix(K, shape):
    height, width = shape
    down, right = height - K.shape[0] + 1, width - K.shape[1] + 1
    # the kernel spread over lines of the image; without the zeros behind its last element
    spread = torch.zeros(K.shape[0], width)
    spread[:, :K.shape[1]] = K
    spread = spread.flatten()[:(K.shape[0] - 1) * width + K.shape[1]]
    W = torch.zeros(down * right, height * width)
    for row in range(down * right):
        begin = row // right * width + row % right
        W[row, begin:begin + len(spread)] = spread
    return W


def conv_by_matmul(X, K):
    y = torch.matmul(kernel2matrix(K, X.shape), X.flatten())
    return y.reshape([x - k + 1 for x, k in zip(X.shape, K.shape)])


def trans_conv_by_matmul(Y, K):
    larger = [y + k - 1 for y, k in zip(Y.shape, K.shape)]
    return torch.matmul(kernel2matrix(K, larger).T, Y.flatten()).reshape(larger)
