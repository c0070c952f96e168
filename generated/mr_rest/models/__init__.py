# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""Contains all the data models used in inputs/outputs"""

from .artifact_list import ArtifactList
from .artifact_type_query_param import ArtifactTypeQueryParam
from .base_artifact import BaseArtifact
from .base_model import BaseModel
from .base_resource import BaseResource
from .base_resource_create import BaseResourceCreate
from .base_resource_dates import BaseResourceDates
from .base_resource_list import BaseResourceList
from .base_resource_update import BaseResourceUpdate
from .custom_properties import CustomProperties
from .data_set import DataSet
from .data_set_artifact_type import DataSetArtifactType
from .data_set_create import DataSetCreate
from .data_set_create_artifact_type import DataSetCreateArtifactType
from .data_set_update import DataSetUpdate
from .data_set_update_artifact_type import DataSetUpdateArtifactType
from .doc_artifact import DocArtifact
from .doc_artifact_artifact_type import DocArtifactArtifactType
from .doc_artifact_create import DocArtifactCreate
from .doc_artifact_create_artifact_type import DocArtifactCreateArtifactType
from .doc_artifact_update import DocArtifactUpdate
from .doc_artifact_update_artifact_type import DocArtifactUpdateArtifactType
from .error import Error
from .experiment import Experiment
from .experiment_create import ExperimentCreate
from .experiment_list import ExperimentList
from .experiment_run import ExperimentRun
from .experiment_run_create import ExperimentRunCreate
from .experiment_run_list import ExperimentRunList
from .experiment_run_update import ExperimentRunUpdate
from .experiment_update import ExperimentUpdate
from .inference_service import InferenceService
from .inference_service_create import InferenceServiceCreate
from .inference_service_list import InferenceServiceList
from .inference_service_update import InferenceServiceUpdate
from .metadata_bool_value import MetadataBoolValue
from .metadata_bool_value_metadata_type import MetadataBoolValueMetadataType
from .metadata_double_value import MetadataDoubleValue
from .metadata_double_value_metadata_type import MetadataDoubleValueMetadataType
from .metadata_int_value import MetadataIntValue
from .metadata_int_value_metadata_type import MetadataIntValueMetadataType
from .metadata_proto_value import MetadataProtoValue
from .metadata_proto_value_metadata_type import MetadataProtoValueMetadataType
from .metadata_string_value import MetadataStringValue
from .metadata_string_value_metadata_type import MetadataStringValueMetadataType
from .metadata_struct_value import MetadataStructValue
from .metadata_struct_value_metadata_type import MetadataStructValueMetadataType
from .metric import Metric
from .metric_artifact_type import MetricArtifactType
from .metric_create import MetricCreate
from .metric_create_artifact_type import MetricCreateArtifactType
from .metric_list import MetricList
from .metric_update import MetricUpdate
from .metric_update_artifact_type import MetricUpdateArtifactType
from .model_artifact import ModelArtifact
from .model_artifact_artifact_type import ModelArtifactArtifactType
from .model_artifact_create import ModelArtifactCreate
from .model_artifact_create_artifact_type import ModelArtifactCreateArtifactType
from .model_artifact_list import ModelArtifactList
from .model_artifact_update import ModelArtifactUpdate
from .model_artifact_update_artifact_type import ModelArtifactUpdateArtifactType
from .model_version import ModelVersion
from .model_version_create import ModelVersionCreate
from .model_version_list import ModelVersionList
from .model_version_update import ModelVersionUpdate
from .order_by_field import OrderByField
from .other_artifact import OtherArtifact
from .other_metadata_value import OtherMetadataValue
from .parameter import Parameter
from .parameter_artifact_type import ParameterArtifactType
from .parameter_create import ParameterCreate
from .parameter_create_artifact_type import ParameterCreateArtifactType
from .parameter_update import ParameterUpdate
from .parameter_update_artifact_type import ParameterUpdateArtifactType
from .registered_model import RegisteredModel
from .registered_model_create import RegisteredModelCreate
from .registered_model_list import RegisteredModelList
from .registered_model_update import RegisteredModelUpdate
from .serve_model import ServeModel
from .serve_model_create import ServeModelCreate
from .serve_model_list import ServeModelList
from .serve_model_update import ServeModelUpdate
from .serving_environment import ServingEnvironment
from .serving_environment_create import ServingEnvironmentCreate
from .serving_environment_list import ServingEnvironmentList
from .sort_order import SortOrder

__all__ = (
    "ArtifactList",
    "ArtifactTypeQueryParam",
    "BaseArtifact",
    "BaseModel",
    "BaseResource",
    "BaseResourceCreate",
    "BaseResourceDates",
    "BaseResourceList",
    "BaseResourceUpdate",
    "CustomProperties",
    "DataSet",
    "DataSetArtifactType",
    "DataSetCreate",
    "DataSetCreateArtifactType",
    "DataSetUpdate",
    "DataSetUpdateArtifactType",
    "DocArtifact",
    "DocArtifactArtifactType",
    "DocArtifactCreate",
    "DocArtifactCreateArtifactType",
    "DocArtifactUpdate",
    "DocArtifactUpdateArtifactType",
    "Error",
    "Experiment",
    "ExperimentCreate",
    "ExperimentList",
    "ExperimentRun",
    "ExperimentRunCreate",
    "ExperimentRunList",
    "ExperimentRunUpdate",
    "ExperimentUpdate",
    "InferenceService",
    "InferenceServiceCreate",
    "InferenceServiceList",
    "InferenceServiceUpdate",
    "MetadataBoolValue",
    "MetadataBoolValueMetadataType",
    "MetadataDoubleValue",
    "MetadataDoubleValueMetadataType",
    "MetadataIntValue",
    "MetadataIntValueMetadataType",
    "MetadataProtoValue",
    "MetadataProtoValueMetadataType",
    "MetadataStringValue",
    "MetadataStringValueMetadataType",
    "MetadataStructValue",
    "MetadataStructValueMetadataType",
    "Metric",
    "MetricArtifactType",
    "MetricCreate",
    "MetricCreateArtifactType",
    "MetricList",
    "MetricUpdate",
    "MetricUpdateArtifactType",
    "ModelArtifact",
    "ModelArtifactArtifactType",
    "ModelArtifactCreate",
    "ModelArtifactCreateArtifactType",
    "ModelArtifactList",
    "ModelArtifactUpdate",
    "ModelArtifactUpdateArtifactType",
    "ModelVersion",
    "ModelVersionCreate",
    "ModelVersionList",
    "ModelVersionUpdate",
    "OrderByField",
    "OtherArtifact",
    "OtherMetadataValue",
    "Parameter",
    "ParameterArtifactType",
    "ParameterCreate",
    "ParameterCreateArtifactType",
    "ParameterUpdate",
    "ParameterUpdateArtifactType",
    "RegisteredModel",
    "RegisteredModelCreate",
    "RegisteredModelList",
    "RegisteredModelUpdate",
    "ServeModel",
    "ServeModelCreate",
    "ServeModelList",
    "ServeModelUpdate",
    "ServingEnvironment",
    "ServingEnvironmentCreate",
    "ServingEnvironmentList",
    "SortOrder",
)
