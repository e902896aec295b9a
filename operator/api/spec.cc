#include "api/spec.h"

namespace dso::api {

std::string_view ToString(Preset preset) {
  switch (preset) {
    case Preset::kDeepSeek: return "deepseek";
    case Preset::kVllm: return "vllm";
    case Preset::kSglang: return "sglang";
  }
  return "unknown";
}

std::string_view ToString(PredictionMode mode) {
  switch (mode) {
    case PredictionMode::kOff: return "Off";
    case PredictionMode::kShadow: return "Shadow";
    case PredictionMode::kActive: return "Active";
  }
  return "unknown";
}

std::string_view ToString(AdoptedAutoscaler::Kind kind) {
  switch (kind) {
    case AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler: return "HorizontalPodAutoscaler";
    case AdoptedAutoscaler::Kind::kScaledObject: return "ScaledObject";
  }
  return "unknown";
}

std::string_view ToString(DeletionPolicy policy) {
  switch (policy) {
    case DeletionPolicy::kDelete: return "Delete";
    case DeletionPolicy::kRetain: return "Retain";
  }
  return "unknown";
}

std::string_view ToString(BackendExporter exporter) {
  switch (exporter) {
    case BackendExporter::kMysql: return "mysql";
    case BackendExporter::kPostgres: return "postgres";
  }
  return "unknown";
}

std::string_view ToString(PoolClient client) {
  switch (client) {
    case PoolClient::kHikari: return "hikari";
    case PoolClient::kOkHttp: return "okhttp";
    case PoolClient::kGrpc: return "grpc";
    case PoolClient::kSqlAlchemy: return "sqlalchemy";
    case PoolClient::kGoSql: return "go-sql";
    case PoolClient::kGeneric: return "generic";
  }
  return "unknown";
}

}  // namespace dso::api
