// Matrix products: squares, the three products of a linear layer, and few rows.
#include <array>
#include <memory>
#include <utility>

#include "harness.h"

namespace mushin::bench {
namespace {

/// c = a b, c of m rows and n columns; a transposed operand is the view of an array stored the other way round.
struct Product {
  int64_t m, k, n;
  bool transposed_a, transposed_b;
  Array<float> a, b, c;

  Product(int64_t m, int64_t k, int64_t n, bool transposed_a, bool transposed_b)
      : m(m),
        k(k),
        n(n),
        transposed_a(transposed_a),
        transposed_b(transposed_b),
        a(transposed_a ? std::vector<int64_t>{k, m} : std::vector<int64_t>{m, k}),
        b(transposed_b ? std::vector<int64_t>{n, k} : std::vector<int64_t>{k, n}),
        c({m, n}) {
    fill_random(a, 1);
    fill_random(b, 2);
  }

  double a_at(int64_t i, int64_t p) { return a[transposed_a ? p * m + i : i * k + p]; }
  double b_at(int64_t p, int64_t j) { return b[transposed_b ? j * k + p : p * n + j]; }

  /// All elements of some rows: with a prime between them they meet every place of a tile.
  double error() {
    const int64_t between = double(m) * double(k) * double(n) < 1e8 ? 1 : 127;
    Worst worst;
    for (int64_t i = 0; i < m; i += between) check_row(i, worst);
    check_row(m - 1, worst);
    return worst.value();
  }

  void check_row(int64_t i, Worst& worst) {
    std::vector<double> sums(size_t(n), 0.0), sizes(size_t(n), 0.0);
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < n; ++j) {
        const double term = a_at(i, p) * b_at(p, j);
        sums[size_t(j)] += term;
        sizes[size_t(j)] += std::abs(term);
      }
    for (int64_t j = 0; j < n; ++j)
      worst.add(c[i * n + j], sums[size_t(j)], epsilon * (2 + std::sqrt(double(k)) / 8) * sizes[size_t(j)]);
  }
};

Case product(int64_t m, int64_t k, int64_t n, bool transposed_a, bool transposed_b) {
  const auto p = std::make_shared<Product>(m, k, n, transposed_a, transposed_b);
  const auto call = launch("gemm", {p->c.view(), transposed_a ? p->a.transposed() : p->a.view(),
                                    transposed_b ? p->b.transposed() : p->b.view(), no_array, 0});
  const double read = p->a.bytes() + p->b.bytes(), written = p->c.bytes();
  return {
      {2.0 * double(m) * double(k) * double(n), read, written}, call, [p] { spoil(p->c); }, [p] { return p->error(); }};
}

/// The same as in a block of products that b was packed for, a transposed b.
Case packed_product(int64_t m, int64_t k, int64_t n) {
  struct Packed : Product {
    Array<float> panels;
    Array<int64_t> packed_in{{1}}, block{{1}};
    Packed(int64_t m, int64_t k, int64_t n) : Product(m, k, n, false, true), panels({k, (n + 31) / 32 * 32}) {
      packed_in[0] = 0, block[0] = 1;
    }
  };
  const auto p = std::make_shared<Packed>(m, k, n);
  const auto call = launch("gemm_with_packing", {p->c.view(), p->panels.view(), p->packed_in.view(), p->a.view(),
                                                 p->b.transposed(), no_array, p->block.view(), 0});
  const double read = p->a.bytes() + p->b.bytes(), written = p->c.bytes();
  return {
      {2.0 * double(m) * double(k) * double(n), read, written}, call, [p] { spoil(p->c); }, [p] { return p->error(); }};
}

std::string size_name(int64_t m, int64_t k, int64_t n) {
  return std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n);
}

/// y = x weight^T with x (rows, in) and weight (out, in), and its two gradients.
void add_linear(const std::string& prefix, int64_t rows, int64_t in, int64_t out) {
  const std::string size = size_name(rows, in, out);
  add_case(prefix + "linear_forward/" + size, [=] { return product(rows, in, out, false, true); });
  add_case(prefix + "linear_dx/" + size, [=] { return product(rows, out, in, false, false); });
  add_case(prefix + "linear_dweight/" + size, [=] { return product(out, rows, in, true, false); });
}

void add_all() {
  for (const int64_t n : {64, 128, 256, 512, 1024, 2048})
    add_case((n > 512 ? "gemm/large/square/" : "gemm/square/") + std::to_string(n),
             [=] { return product(n, n, n, false, false); });
  add_linear("gemm/", 32, 784, 128);
  for (const auto& [in, out] : {std::pair{768, 768}, {768, 3072}, {3072, 768}}) add_linear("gemm/large/", 256, in, out);
  for (const auto& [m, k, n] : {std::array{32, 784, 128}, {64, 128, 512}, {512, 64, 512}})
    add_case("gemm/small/" + size_name(m, k, n), [=, m = m, k = k, n = n] { return product(m, k, n, false, false); });
  for (const int64_t rows : {1, 2, 3, 4, 6, 8, 12, 16}) {
    const std::string size = size_name(rows, 768, 3072);
    add_case("gemm/few_rows/" + size, [=] { return product(rows, 768, 3072, false, false); });
    add_case("gemm/few_rows_linear/" + size, [=] { return product(rows, 768, 3072, false, true); });
  }
  for (const int64_t rows : {6, 8, 12, 16, 32, 64})
    add_case("gemm/few_rows_packed/" + size_name(rows, 768, 3072), [=] { return packed_product(rows, 768, 3072); });
}

}  // namespace
}  // namespace mushin::bench

int main(int argc, char** argv) {
  mushin::bench::add_all();
  return mushin::bench::run_cases(argc, argv);
}
