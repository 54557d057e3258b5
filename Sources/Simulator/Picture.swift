internal import Crypto
internal import HTTP

/// The picture that all simulated accounts have: a head and shoulders in a circle. Providers that keep pictures on a host of
/// their own call it `images` in their descriptions.
enum Picture {
    static let host = "images"

    /// A PNG of 48 by 48 pixels.
    static var response: Response {
        Response(status: 200, headers: ["Content-Type": "image/png"], body: .bytes(Base64.decode(data) ?? []))
    }

    /// Whatever is asked of that host is the picture.
    static func route(host: String, method: String) -> Route? {
        guard host == Self.host, method == "GET" else { return nil }
        return .endpoint(host, method, "/picture") { _, _ in response }
    }

    private static let data = """
        iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAYAAABXAvmHAAACjElEQVR42tVasWrDMBD1H+QT/An5oA5esgZvXb1mMwQyZcjS\
        NWtXd+1kyFAKobiUtIVCYyiFUiio94pE3WAnku7kpIYHwZZO70mnk05KFAk8Z2c3MSEh5ISCUBHUDir9Lddl4+iYDxEYEFJC\
        2ULWFqW2MeiTOHp7QagZxHdRa5txaPKZMPE2IVkI4kOmq/i41lCKfBK41/eNRiJBXh0ZyX8m7yfixMi7idATtj5BAbXVxO45\
        2jhHJ5s4z2pkPF6r5fJVrVYfartVP8BvvMM3ARHZvhXW23VGo9sfkoZ0F1AGZZmuFLcJWHDIN3v8EFCWKWLRtjHz7v2rqzdr\
        8gaowxyFQVNA6mssy+6dyRugLkNEKhJ5fHpfaBTK5uT1NuRL3oAZkWLWqouwyBXADK1JpFO83v1faB7kkc5T/6sLFVFHAm4N\
        l/jfth4wBVQRd2mfz5+9BaAut322AKyo6/WnM3nUYa7GMgKA8/M7tdl8WZNHWdSRaDuS2uraipAkbwRUUsbgEpeXdasQvMM3\
        CbfZncRFiOQD8b2JQAlOwVrITgD5qSbwTluJWMog9jXT6aO6uHhR19fvf4B3+CaUVv5u5iQSeRBzzchQRyzB901oMDl9FrHm\
        YsaY4CkrpbRJ4G0BW6yU0jWpRzyXIm8Am95JvcuxSgjyjiLqzouQQwdbk8lDMPIGaMPrYOtQgu+76xTepZbeh7sIe6HJG3SE\
        WLvD3a7jdU7mJZSp+d8RYEj7Im+w40a8WxqJ0wfGaQX/nmw2e6r7FoA22eTNQwaHhLJHAWhrKH5fTEYzQsjRgO0s6G09NRAT\
        FsJCam2zvz+AUGMDQsp0rVLb6O/PHntGJSHkhIJQtZCt9LdclxXp7W/0AoD2hBeoYwAAAABJRU5ErkJggg==
        """
}
