"""torch's own operators; they know no integers, so the work is done in float64 and cast back."""
import torch
import torch.nn.functional as F


def corr2d(X, K):
    out = F.conv2d(X.double().unsqueeze(0).unsqueeze(0), K.double().view(1, 1, *K.shape))
    return out.squeeze(0).squeeze(0).to(X.dtype)


def trans_conv(X, K):
    layer = torch.nn.ConvTranspose2d(1, 1, kernel_size=tuple(K.shape), bias=False, dtype=torch.float64)
    layer.weight.data = K.double()[None, None]
    with torch.no_grad():
        out = layer(X.double()[None, None])
    return out[0, 0].to(X.dtype)


def kernel2matrix(K, shape):
    h, w = int(shape[0]), int(shape[1])
    impulses = torch.eye(h * w, dtype=K.dtype).reshape(h * w, 1, h, w)
    columns = F.conv2d(impulses, K[None, None])  # (h*w, 1, oh, ow)
    return columns.flatten(1).t().contiguous()


def conv_by_matmul(X, K):
    windows = F.unfold(X[None, None], K.shape)[0]  # im2col
    flat = K.reshape(1, -1) @ windows
    return flat.reshape(X.size(0) - K.size(0) + 1, -1)


def trans_conv_by_matmul(X, K):
    kh, kw = K.shape
    out = (X.shape[0] + kh - 1, X.shape[1] + kw - 1)
    columns = K.reshape(-1, 1) @ X.reshape(1, -1)  # col2im
    return F.fold(columns[None], out, (kh, kw))[0, 0]
