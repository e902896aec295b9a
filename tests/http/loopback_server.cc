#include "tests/http/loopback_server.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace dso::http {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;

[[noreturn]] void Fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int BindToAnyPort(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) Fail("bind");
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) Fail("getsockname");
  port = ntohs(address.sin_port);
  return listener;
}

std::string Receive(int socket) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : std::string();
}

bool Send(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool WaitForEnd(int socket, std::optional<std::chrono::milliseconds> longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest.value_or(std::chrono::hours(1));
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) return false;
    if (Receive(socket).empty()) return true;
  }
}

class PlainConnection final : public PeerConnection {
 public:
  explicit PlainConnection(int socket) : socket_(socket) {}
  bool Write(std::string_view bytes) override { return Send(socket_, bytes); }
  bool WaitForHangup(std::optional<std::chrono::milliseconds> longest) override { return WaitForEnd(socket_, longest); }

 protected:
  std::string ReadSome() override { return Receive(socket_); }

 private:
  int socket_;
};

BioPtr Open(const std::string& pem) { return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

SslContextPtr MakeContext(const ServerTls& tls) {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  const CertificatePtr certificate(
      PEM_read_bio_X509(Open(tls.identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr key(PEM_read_bio_PrivateKey(Open(tls.identity.key_pem).get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  if (!tls.client_ca_pem.empty()) {
    const CertificatePtr authority(PEM_read_bio_X509(Open(tls.client_ca_pem).get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

class TlsConnection final : public PeerConnection {
 public:
  TlsConnection(int socket, const ServerTls& tls)
      : socket_(socket), context_(MakeContext(tls)), ssl_(SSL_new(context_.get())) {
    SSL_set_fd(ssl_.get(), socket);
    accepted_ = SSL_accept(ssl_.get()) == 1;
  }
  bool Write(std::string_view bytes) override {
    return accepted_ && SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  bool WaitForHangup(std::optional<std::chrono::milliseconds> longest) override { return WaitForEnd(socket_, longest); }
  std::string ClientName() const override {
    const CertificatePtr certificate(SSL_get1_peer_certificate(ssl_.get()));
    if (!certificate) return "";
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
    return name.data();
  }

 protected:
  std::string ReadSome() override {
    std::array<char, 4096> buffer;
    const int got = accepted_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size()) : 0;
    return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : std::string();
  }

 private:
  int socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  bool accepted_ = false;
};

size_t BodyLength(const std::string& head) {
  constexpr std::string_view kName = "Content-Length:";
  const size_t at = head.find(kName);
  return at == head.npos ? 0 : std::stoul(head.substr(at + kName.size()));
}

}  // namespace

std::string PeerConnection::ReadRequest() {
  constexpr std::string_view kEndOfHead = "\r\n\r\n";
  while (true) {
    if (const size_t end = unread_.find(kEndOfHead); end != unread_.npos) {
      const size_t length = end + kEndOfHead.size() + BodyLength(unread_.substr(0, end + 2));
      if (unread_.size() >= length) {
        std::string request = unread_.substr(0, length);
        unread_.erase(0, length);
        return request;
      }
    }
    const std::string more = ReadSome();
    if (more.empty()) return "";
    unread_ += more;
  }
}

LoopbackServer::LoopbackServer(Script script, std::optional<ServerTls> tls)
    : script_(std::move(script)), tls_(std::move(tls)), listener_(BindToAnyPort(port_)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have hung up
  if (::listen(listener_, SOMAXCONN) != 0) Fail("listen");
  acceptor_ = std::thread([this] { Accept(); });
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);  // accept() returns
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

int LoopbackServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(threads_.size());
}

void LoopbackServer::Accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (closing_) {
      ::close(socket);
      return;
    }
    open_.insert(socket);
    threads_.emplace_back([this, socket] { Serve(socket); });
  }
}

void LoopbackServer::Serve(int socket) {
  {
    const std::unique_ptr<PeerConnection> connection =
        tls_ ? std::unique_ptr<PeerConnection>(std::make_unique<TlsConnection>(socket, *tls_))
             : std::unique_ptr<PeerConnection>(std::make_unique<PlainConnection>(socket));
    script_(*connection);
  }
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  ::close(socket);
}

int UnusedPort() {
  int port = 0;
  ::close(BindToAnyPort(port));
  return port;
}

std::string Exchange(int port, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) Fail("connect");
  Send(socket, bytes);
  std::string answer;
  for (std::string more = Receive(socket); !more.empty(); more = Receive(socket)) answer += more;
  ::close(socket);
  return answer;
}

}  // namespace dso::http
