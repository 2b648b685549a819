#include "tests/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace ankkor::net::test {

namespace {

template <class Write>
void write_file(const std::string& name, Write write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "w"),
                                                             &std::fclose);
  if (!file || write(file.get()) != 1)
    throw std::runtime_error("can't write " + name);
}

} // namespace

certificate_maker::certificate_maker() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ankkor-tls-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("can't make a directory");
  directory_ = pattern;
}

certificate_maker::~certificate_maker() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

certificate certificate_maker::make(const std::string& names, bool expired) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
  X509* x509 = made.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++made_);
  X509_gmtime_adj(X509_getm_notBefore(x509), -7200);
  X509_gmtime_adj(X509_getm_notAfter(x509), expired ? -3600 : 3600);
  X509_set_pubkey(x509, key.get());
  X509_NAME* subject = X509_get_subject_name(x509);
  const std::string common = "ankkor test " + std::to_string(made_);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  X509_EXTENSION* alternative =
    X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(x509, alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(x509, key.get(), EVP_sha256());

  const auto base = (directory_ / std::to_string(made_)).string();
  certificate result{base + ".crt", base + ".key"};
  write_file(result.certificate_file, [&](std::FILE* f) { return PEM_write_X509(f, x509); });
  write_file(result.key_file, [&](std::FILE* f) {
    return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return result;
}

} // namespace ankkor::net::test
